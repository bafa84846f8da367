import { type GraphQLUnionType, getNamedType } from 'graphql';
import { schema } from '../../src/graphql/schema.js';
import { bearer, signIn } from '../support/sign-in.js';
import { type Result, call } from '../support/calls.js';
import type { TestDatabase, TestGateway } from '../support/gateway.js';
import { setUserRole } from '../support/rows.js';

export interface Answer<Data> {
  data: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string; field?: string } }[];
}

/** The result of a mutation: the member of its union, flattened, or the code of the error. */
export type Changed = Partial<Record<string, unknown>> & { __typename?: string; code?: string; field?: string };

/** A signed-in user, with their requests. */
export interface SignedInUser {
  session: Result;
  id: string;
  ask<Data>(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer<Data>>;
  /** The same, but rejects if there is an error. */
  read<Data>(query: string, variables?: object): Promise<Data>;
  /** Sends a mutation. `fields` are selected from the success type of its result union. */
  change(field: string, input: object, fields?: string): Promise<Changed>;
}

/** A mutation as a document. `fields` are selected from the success type of its result union. */
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

interface SignInAs {
  gateway: TestGateway;
  database: TestDatabase;
  phone?: string;
  headers?: Record<string, string>;
}

/** Signs a user in and then gives them a role in the database. Their access token still contains the previous role. */
export async function signInAs(role: string, { gateway, database, ...how }: SignInAs): Promise<SignedInUser> {
  const session = await signIn(gateway, how);
  await setUserRole(database, session.user.id, role);
  return signedInUser(session, gateway);
}

export function signedInUser(session: Result, gateway: TestGateway): SignedInUser {
  const ask = <Data>(query: string, variables: object = {}, headers: Record<string, string> = {}) =>
    call<Data>(
      { url: gateway.graphqlUrl, headers: { ...bearer(session.gatewayToken), ...headers } },
      query,
      variables,
    ) as Promise<Answer<Data>>;
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

/** The audit entries of an actor, the oldest first. */
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
