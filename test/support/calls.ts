import { randomInt, randomUUID } from 'node:crypto';
import { INSTANCE } from './gateway.js';

/** The target of a request: the URL of /graphql, with further headers if a test needs them. */
export type Endpoint = string | { url: string; headers: Record<string, string> | undefined };

/** One GraphQL request over HTTP, as every client would send it. */
export async function call<Data>(
  endpoint: Endpoint,
  query: string,
  variables: object = {},
): Promise<{ data: Data; errors?: { message: string; extensions?: { code?: string } }[] }> {
  const { url, headers } = typeof endpoint === 'string' ? { url: endpoint } : endpoint;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as never;
}

/** The members of every result union, flattened. */
export interface Result {
  __typename: string;
  code?: string;
  message?: string;
  retryAfterSeconds?: number;
  triesLeft?: number;
  status?: string;
  failureReason?: string | null;
  attemptId: string;
  secret: string;
  maskedPhone: string;
  channel: string;
  expiresAt: string;
  resendAt: string;
  codeLength: number;
  provider: 'ALTCHA' | 'TURNSTILE' | 'HCAPTCHA';
  siteKey: string | null;
  challenge: string;
  loginMessage: string;
  qrPayload: string;
  id: string;
  accessToken: string;
  gatewayToken: string;
  refreshToken: string;
  deviceToken: string | null;
  confirmationNumber: string | null;
  user: { id: string; phone: string; role: string };
}

const ERROR = `... on Error { code message } ... on RateLimited { retryAfterSeconds } ... on CaptchaRequired { provider siteKey challenge }`;
const CLOSED = `... on AttemptClosed { status failureReason }`;
export const SESSION = `... on Session { id accessToken accessTokenExpiresAt refreshToken gatewayToken gatewayToken refreshTokenExpiresAt deviceToken user { id phone role } }`;
const SENT = `... on OtpRequested { attemptId secret maskedPhone channel expiresAt resendAt codeLength }`;

async function mutate(endpoint: Endpoint, query: string, input: object): Promise<Result> {
  const answer = await call<Record<string, Result>>(endpoint, query, { input });
  const [result] = Object.values(answer.data ?? {});
  if (!result) throw new Error(`${query} answered ${JSON.stringify(answer)}`);
  return result;
}

const pick = ({ attemptId, secret }: { attemptId: string; secret: string }) => ({ attemptId, secret });

export const requestOtp = (
  url: string,
  input: {
    phone: string;
    locale?: string;
    channel?: string;
    idempotencyKey?: string;
    deviceToken?: string | null | undefined;
    captcha?: string | undefined;
  },
  headers?: Record<string, string>,
) =>
  mutate(
    { url, headers },
    `mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ${SENT} ${ERROR} ${CLOSED} } }`,
    input,
  );

/** `requested` is the channel to use. The `channel` of an attempt, as returned, is that of its last message. */
export const resendOtp = (
  endpoint: Endpoint,
  input: { attemptId: string; secret: string },
  requested: { channel?: string } = {},
) =>
  mutate(
    endpoint,
    `mutation ($input: ResendOtpInput!) { resendOtp(input: $input) { __typename ${SENT} ${ERROR} ${CLOSED} } }`,
    { ...pick(input), ...requested },
  );

export const verifyOtp = (
  endpoint: Endpoint,
  input: { attemptId: string; secret: string; code: string },
  device: { deviceToken?: string | null } = {},
) =>
  mutate(
    endpoint,
    `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ${SESSION} ${ERROR} ${CLOSED} ... on IncorrectCode { triesLeft } ... on ConfirmationRequired { confirmationNumber expiresAt } } }`,
    { ...pick(input), code: input.code, ...device },
  );

export const startWhatsAppLogin = (
  url: string,
  input: { locale?: string; captcha?: string | undefined } = {},
  headers?: Record<string, string>,
) =>
  mutate(
    { url, headers },
    `mutation ($input: StartWhatsAppLoginInput) { startWhatsAppLogin(input: $input) { __typename ... on WhatsAppLogin { attemptId secret expiresAt loginMessage qrPayload } ${ERROR} } }`,
    input,
  );

export const claimLogin = (
  url: string,
  attempt: { attemptId: string; secret: string },
  device: { deviceToken?: string | null } = {},
) =>
  mutate(
    url,
    `mutation ($input: ClaimLoginInput!) { claimLogin(input: $input) { __typename ${SESSION} ... on Error { code message } ${CLOSED} } }`,
    { ...pick(attempt), ...device },
  );

export const cancelLogin = (url: string, attempt: { attemptId: string; secret: string }) =>
  mutate(
    url,
    `mutation ($input: CancelLoginInput!) { cancelLogin(input: $input) { __typename ... on LoginAttempt { id status } ... on Error { code message } ${CLOSED} } }`,
    pick(attempt),
  );

export const refreshSession = (url: string, refreshToken: string) =>
  mutate(
    url,
    `mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { __typename ${SESSION} ... on Error { code message } } }`,
    { refreshToken },
  );

export async function readAttempt(url: string, attempt: { attemptId: string; secret: string }) {
  const { data } = await call<{
    loginAttempt: {
      status: string;
      failureReason: string | null;
      confirmationNumber: string | null;
      confirmationTriesLeft: number | null;
      delivery: { channel: string; status: string; updatedAt: string; previousChannels: string[] } | null;
    } | null;
  }>(
    url,
    `query ($attemptId: ID!, $secret: String!) { loginAttempt(attemptId: $attemptId, secret: $secret) { id method status expiresAt failureReason confirmationNumber confirmationTriesLeft delivery { channel status updatedAt previousChannels } } }`,
    pick(attempt),
  );
  return data.loginAttempt;
}

/** A Kazakh mobile number that no other test of this run has used. Invented, as all numbers here. */
export function somePhone(): string {
  return `+7701${String(randomInt(10_000_000)).padStart(7, '0')}`;
}

/** A code that is certainly wrong. */
export function wrongCode(right: string): string {
  return String((Number(right) + 1) % 10 ** right.length).padStart(right.length, '0');
}

/** Green API's webhook for a text that a user wrote to the gateway. */
export function incomingText(text: string, sender: string, change: object = {}) {
  const chatId = /@/.test(sender) ? sender : `${sender.replace('+', '')}@c.us`;
  return {
    typeWebhook: 'incomingMessageReceived',
    instanceData: { idInstance: INSTANCE, wid: '77010000001@c.us', typeInstance: 'whatsapp' },
    timestamp: Math.floor(Date.now() / 1000),
    idMessage: randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase(),
    senderData: { chatId, sender: chatId, chatName: 'Test User', senderName: 'Test User', senderContactName: '' },
    messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: text } },
    ...change,
  };
}

/** Delivers a webhook as Green API does. @returns the HTTP status. */
export async function deliverWebhook(
  url: string,
  body: unknown,
  { token, path = '/api/webhooks/greenapi/incoming' }: { token?: string; path?: string } = {},
): Promise<number> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...(token ? { authorization: token } : {}) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    redirect: 'manual',
  });
  await response.arrayBuffer();
  return response.status;
}
