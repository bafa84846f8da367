import { vi } from 'vitest';
import { type Result, call, requestOtp, somePhone, verifyOtp } from './calls.js';
import type { TestDatabase, TestGateway } from './gateway.js';
import { ageSessionRotations } from './rows.js';

type At = Pick<TestGateway, 'url' | 'graphqlUrl'>;

/** Signs a user in with a code. */
export async function signIn(
  on: TestGateway,
  {
    phone = somePhone(),
    headers = {},
    deviceToken = null,
  }: { phone?: string; headers?: Record<string, string>; deviceToken?: string | null } = {},
): Promise<Result> {
  const attempt = await requestOtp(on.graphqlUrl, { phone }, headers);
  const code = on.codeOf(attempt.attemptId);
  const session = await verifyOtp(on.graphqlUrl, { ...attempt, code }, { deviceToken });
  if (session.__typename !== 'Session') throw new Error(`Not signed in: ${JSON.stringify(session)}`);
  return session;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The status with which forward-auth answers an access token: 200 or 401. */
export async function verifyStatus({ url }: At, accessToken: string): Promise<number> {
  const response = await fetch(`${url}/auth/verify`, { headers: bearer(accessToken) });
  await response.arrayBuffer();
  return response.status;
}

/** The phone that `me` returns, or the code of the error. */
export async function whoAmI({ graphqlUrl }: At, token: string): Promise<string | undefined> {
  const { data, errors } = await call<{ me: { phone: string } | null }>(
    { url: graphqlUrl, headers: bearer(token) },
    '{ me { phone } }',
    {},
  );
  return data.me?.phone ?? errors?.[0]?.extensions?.code;
}

/** Calls a mutation with a token. @returns the member of its union, or the code of the error. */
export async function act<Answer extends object = Record<string, never>>(
  { graphqlUrl }: At,
  field: string,
  { token, input, type, fields = '' }: { token: string; input?: object; type?: string; fields?: string },
): Promise<Answer & { __typename?: string; code?: string }> {
  const selection = `{ __typename ${fields} }`;
  const query = input
    ? `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`
    : `mutation { ${field} ${selection} }`;
  const { data, errors } = await call<Record<string, Answer> | null>(
    { url: graphqlUrl, headers: bearer(token) },
    query,
    { input },
  );
  return (data?.[field] ?? { code: errors?.[0]?.extensions?.code }) as Answer & { __typename?: string; code?: string };
}

export const signOut = (at: At, token: string) =>
  act<{ sessionId: string }>(at, 'signOut', { token, fields: '... on SignedOut { sessionId }' });

export const revokeSession = (at: At, token: string, sessionId: string) =>
  act<{ sessionId: string }>(at, 'revokeSession', {
    token,
    input: { sessionId },
    type: 'RevokeSessionInput',
    fields: '... on SessionRevoked { sessionId } ... on Error { code message }',
  });

export const revokeOtherSessions = (at: At, token: string) =>
  act<{ count: number }>(at, 'revokeOtherSessions', { token, fields: '... on OtherSessionsRevoked { count }' });

/** Signs the user in on another device, and ends all their other sessions from there. */
export async function endSessionsFromElsewhere(on: TestGateway, phone: string): Promise<void> {
  const { gatewayToken } = await signIn(on, { phone });
  const { __typename } = await revokeOtherSessions(on, gatewayToken);
  if (__typename !== 'OtherSessionsRevoked') throw new Error(`Not ended: ${__typename}`);
}

/** The audit entries of a user, oldest first. */
export const auditOf = (database: TestDatabase, userId: string) =>
  database.query<{ event: string; actor: string; session_id: string | null; details: Record<string, unknown> | null }>(
    'SELECT event, actor, session_id, details FROM audit_log WHERE user_id = $1 ORDER BY id',
    [userId],
  );

/** Moves the uses of the refresh token out of the grace period of 20 s. */
export const graceHasPassed = (database: TestDatabase, sessionId: string) =>
  ageSessionRotations(database, sessionId, '21 seconds');

/** Repeats an assertion until it holds, for 8 s at most. */
export const soon = <Value>(look: () => Value | Promise<Value>) => vi.waitFor(look, { timeout: 30_000, interval: 50 });
