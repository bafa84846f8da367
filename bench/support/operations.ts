import pg from 'pg';
import { type Codes, watchCodes } from './codes.js';

export interface Attempt {
  attemptId: string;
  secret: string;
}
export interface SignedIn {
  /** For the gateway itself: an access token may not call the admin API. */
  gatewayToken: string;
  refreshToken: string;
  user: { id: string };
}

const REQUEST = `mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ... on OtpRequested { attemptId secret } ... on Error { code } } }`;
const VERIFY = `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ... on Session { gatewayToken refreshToken user { id } } ... on Error { code } } }`;
const REFRESH = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename ... on Session { gatewayToken refreshToken user { id } } ... on Error { code } } }`;
const START = `mutation { startWhatsAppLogin { __typename ... on WhatsAppLogin { attemptId secret loginMessage } } }`;
const CLAIM = `mutation ($input: ClaimLoginInput!) { claimLogin(input: $input) { __typename ... on Session { gatewayToken } ... on Error { code } } }`;

/** What users do, over the public API of a gateway in development. */
export interface Operations {
  /** @returns the first field of the answer; undefined when the read timed out. @throws Error with the code of another error */
  ask<Answer>(query: string, variables: object, token?: string): Promise<Answer | undefined>;
  requestOtp(phone: string): Promise<Attempt | undefined>;
  verifyOtp(attempt: Attempt, code: string): Promise<SignedIn | undefined>;
  refresh(refreshToken: string): Promise<SignedIn | undefined>;
  /** A whole login by WhatsApp. */
  signInByWhatsApp(phone: string): Promise<boolean>;
  codes: Codes;
}

export async function createOperations(port: number): Promise<Operations> {
  const url = `http://127.0.0.1:${port}`;
  const codes = await watchCodes(port);

  async function post(path: string, body: object, token?: string): Promise<unknown> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  async function ask<Answer>(query: string, variables: object, token?: string): Promise<Answer | undefined> {
    const { data, errors } = (await post('/graphql', { query, variables }, token)) as {
      data?: Record<string, Answer> | null;
      errors?: { message: string; extensions: { code: string } }[];
    };
    const [error] = errors ?? [];
    if (error && error.extensions.code !== 'READ_TIMED_OUT')
      throw new Error(`${error.extensions.code}: ${error.message}`);
    return data ? Object.values(data)[0] : undefined;
  }

  async function signedIn(query: string, input: object): Promise<SignedIn | undefined> {
    const session = await ask<Partial<SignedIn>>(query, { input });
    return session?.gatewayToken === undefined ? undefined : (session as SignedIn);
  }

  return {
    ask,
    codes,
    async requestOtp(phone) {
      const attempt = await ask<Partial<Attempt>>(REQUEST, { input: { phone } });
      return attempt?.attemptId === undefined ? undefined : (attempt as Attempt);
    },
    verifyOtp: ({ attemptId, secret }, code) => signedIn(VERIFY, { attemptId, secret, code }),
    refresh: (refreshToken) => signedIn(REFRESH, { refreshToken }),
    async signInByWhatsApp(phone) {
      const login = await ask<Attempt & { loginMessage: string }>(START, {});
      if (!login?.attemptId) return false;
      await post('/dev/phone/send', { from: phone, text: login.loginMessage });
      const { attemptId, secret } = login;
      return (await signedIn(CLAIM, { attemptId, secret })) !== undefined;
    },
  };
}

/** The gateway token of a user who signs in and becomes an admin. It is valid for ten minutes. */
export async function signInAdmin(
  { phone, databaseUrl }: { phone: string; databaseUrl: string },
  { requestOtp, verifyOtp, codes }: Operations,
): Promise<string> {
  const attempt = await requestOtp(phone);
  const session = attempt && (await verifyOtp(attempt, await codes.next(phone)));
  if (!session) throw new Error('The admin could not sign in');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`UPDATE users SET role = 'ADMIN' WHERE id = $1`, [session.user.id]);
  await client.end();
  return session.gatewayToken;
}
