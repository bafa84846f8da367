import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { buildSchema, getNamedType, isInputObjectType, isLeafType, isUnionType } from 'graphql';

/** The client of a request. */
export interface Client {
  ip: string;
  userAgent?: string;
}

/** A member of a result union, or `HttpError` if the request itself was refused. */
export interface Answer {
  __typename: string;
  [field: string]: unknown;
}

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const mutations = schema.getMutationType()?.getFields() ?? {};

/**
 * The document of a mutation with every leaf field of every result. It is made from the schema, so results that a later
 * version adds are read too. A field whose type differs between two results has an alias in one of them.
 */
function documentOf(name: string): { query: string; inputs: Set<string> } {
  const mutation = mutations[name];
  if (!mutation) throw new Error(`The schema has no mutation ${name}`);
  const { args, type } = mutation;
  const result = getNamedType(type);
  const members = isUnionType(result) ? result.getTypes() : [];
  const types = new Map<string, string>();
  const selectionOf = (member: string, { name: field, type: fieldType }: { name: string; type: unknown }): string => {
    if (!types.has(field)) types.set(field, String(fieldType));
    return types.get(field) === String(fieldType) ? field : `${member}_${field}: ${field}`;
  };
  const fragments = members.map((member) => {
    const leaves = Object.values(member.getFields()).filter(
      (field) => isLeafType(getNamedType(field.type)) && field.args.length === 0,
    );
    return `... on ${member.name} { ${leaves.map((field) => selectionOf(member.name, field)).join(' ')} }`;
  });
  const [input] = args;
  const inputType = input && getNamedType(input.type);
  const inputs = new Set(isInputObjectType(inputType) ? Object.keys(inputType.getFields()) : []);
  const query = `mutation ($input: ${String(input?.type)}) { ${name}(input: $input) { __typename ${fragments.join(' ')} } }`;
  return { query, inputs };
}

/**
 * Sends mutations to the gateway as a proxy in front of it would, which names the address of the client. `onUsed` is called for
 * each session that opens.
 */
export function createApi(port: number, work: { sent(): void; received(): void }, onUsed: () => void) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const documents = new Map<string, ReturnType<typeof documentOf>>();

  function post(body: string, { ip, userAgent = 'Mozilla/5.0' }: Client): Promise<{ status: number; text: string }> {
    work.sent();
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-forwarded-for': ip,
        'user-agent': userAgent,
      };
      const posted = request(
        { port, host: '127.0.0.1', path: '/graphql', method: 'POST', agent, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            work.received();
            resolve({ status: response.statusCode ?? 0, text });
          });
        },
      );
      posted.on('error', reject);
      posted.end(body);
    });
  }

  return {
    /** Fields that the schema does not have yet, such as the solution of a captcha, are left out of the input. */
    async mutate(name: string, input: Record<string, unknown>, client: Client): Promise<Answer> {
      const known = documents.get(name) ?? documentOf(name);
      documents.set(name, known);
      const variables = {
        input: Object.fromEntries(
          Object.entries(input).filter(([field, value]) => known.inputs.has(field) && value != null),
        ),
      };
      const { status, text } = await post(JSON.stringify({ query: known.query, variables }), client);
      const { data, errors } = JSON.parse(text) as { data?: Record<string, Answer>; errors?: unknown };
      const result = data?.[name];
      if (!result) {
        if (status === 200 || status === 400) throw new Error(`${name} answered ${text}`); // an error of the simulation
        return { __typename: 'HttpError', status, errors };
      }
      if (result.__typename === 'Session') onUsed();
      return Object.fromEntries(
        Object.entries(result).map(([field, value]) => [field.replace(`${result.__typename}_`, ''), value]),
      ) as Answer;
    },
    close: () => agent.destroy(),
  };
}

export type Api = ReturnType<typeof createApi>;
