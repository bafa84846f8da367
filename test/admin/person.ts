import { type GraphQLUnionType, getNamedType } from 'graphql';
import { schema } from '../../src/graphql/schema.js';
import { bearer, signIn } from '../sessions/person.js';
import { type Result, call } from '../support/calls.js';
import type { TestDatabase, TestGateway } from '../support/gateway.js';
import { setUserRole } from '../support/rows.js';

export interface Answer<Data> {
  data: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string; field?: string } }[];
}

/** What a mutation gave: the member of its union, flattened, or the code of the error. */
export type Changed = Partial<Record<string, unknown>> & { __typename?: string; code?: string; field?: string };

/** Somebody who is signed in, and what they can ask. */
export interface Person {
  session: Result;
  id: string;
  ask<Data>(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer<Data>>;
  /** The same, where no error is expected. */
  read<Data>(query: string, variables?: object): Promise<Data>;
  /** `fields` are asked of the member that is no failure. */
  change(field: string, input: object, fields?: string): Promise<Changed>;
}

/** A mutation as a document; `fields` are asked of the member of its union that is no failure. */
function mutationOf(name: string, fields: string): string {
  const field = schema.getMutationType()?.getFields()[name];
  if (!field) throw new Error(`There is no mutation ${name}`);
  const members = schema.getPossibleTypes(getNamedType(field.type) as GraphQLUnionType);
  const selections = members.map((member) => {
    const isFailure = member.getInterfaces().length > 0;
    const wanted = isFailure ? `code message ${member.name === 'InvalidInput' ? 'field' : ''}` : fields;
    return wanted === '' ? '' : `... on ${member.name} { ${wanted} }`;
  });
  const input = String(field.args[0]?.type);
  return `mutation ($input: ${input}) { ${name}(input: $input) { __typename ${selections.join(' ')} } }`;
}

/** Somebody signs in, and is then given a role behind the gateway's back: their token still names the earlier one. */
export async function become(
  role: string,
  on: TestGateway,
  database: TestDatabase,
  how: { phone?: string; headers?: Record<string, string> } = {},
): Promise<Person> {
  const session = await signIn(on, how);
  await setUserRole(database, session.user.id, role);
  return personOf(session, on);
}

export function personOf(session: Result, on: TestGateway): Person {
  const ask = <Data>(query: string, variables: object = {}, headers: Record<string, string> = {}) =>
    call<Data>(on.graphqlUrl, query, variables, { ...bearer(session.accessToken), ...headers }) as Promise<
      Answer<Data>
    >;
  return {
    session,
    id: session.user.id,
    ask,
    async read<Data>(query: string, variables?: object) {
      const { data, errors } = await ask<Data>(query, variables);
      if (errors || !data) throw new Error(`Refused: ${JSON.stringify(errors)}`);
      return data;
    },
    async change(field, input, fields = '') {
      const { data, errors } = await ask<Record<string, Changed>>(mutationOf(field, fields), { input });
      return data?.[field] ?? { code: errors?.[0]?.extensions?.code ?? 'NO_ANSWER' };
    },
  };
}

/** What admins have done and looked at, the oldest first; not what the gateway did by itself. */
export const auditBy = (database: TestDatabase, actor: string) =>
  database.query<{
    id: string;
    event: string;
    user_id: string | null;
    attempt_id: string | null;
    session_id: string | null;
    phone: string | null;
    details: Record<string, unknown> | null;
  }>('SELECT id, event, user_id, attempt_id, session_id, phone, details FROM audit_log WHERE actor = $1 ORDER BY id', [
    actor,
  ]);
