import { createClock, createOffsetStore } from './clock.js';
import { gatewayUrl } from './gateway-url.js';
import { type DeliveryChannel, type Document, documents } from './generated.js';
import type { Phonegate, PhonegateOptions } from './phonegate.js';
import { createRedirect, currentPage, finishRedirect, storeRedirect } from './redirect.js';
import { createRepeater } from './repeat-lost.js';
import { type RequestDocument, type RequestOptions, textOf } from './request.js';
import { sendAuthenticated } from './session/authenticated-send.js';
import { createSessionKeeper } from './session/session-keeper.js';
import type { Session, User } from './session/signed-in.js';
import { defaultStorage } from './storage.js';
import { createStoredText } from './stored-text.js';
import { createTransport } from './transport.js';
import type { AttemptKey } from './watch/attempt.js';
import { watchLogin } from './watch/watch.js';

export function createPhonegate(options: PhonegateOptions = {}): Phonegate {
  const url = gatewayUrl(options.url);
  const { clientId, locale, storage = defaultStorage() } = options;
  const clock = createClock({ store: createOffsetStore({ storage, key: `phonegate:clock:${url}` }) });
  const transport = createTransport({
    url,
    locale: typeof locale === 'function' ? locale : () => locale,
    clock,
    webSocketImpl: options.webSocketImpl,
    fetch: options.fetch,
  });
  const session = createSessionKeeper({ transport, url, storage });
  /** The tokens of the last five sign-ins, of 43 characters each. They stay after a sign-out: by them, the gateway recognizes this client. */
  const device = createStoredText({ storage, key: `phonegate:device:${url}` });
  /** Keeps the session if the answer is one. */
  function keepSession<Answer extends { __typename: string }>(answer: Answer | ({ __typename: 'Session' } & Session)) {
    if (answer.__typename === 'Session') {
      const { deviceToken } = answer as Session;
      if (deviceToken) device.write(deviceToken + (device.read() ?? '').slice(0, 172));
      session.keep(answer as Session);
    }
    return answer as Answer;
  }

  /** Changes the user of the session if the answer is one. */
  async function showUser<Answer extends { __typename: string }>(answer: Answer | ({ __typename: 'User' } & User)) {
    if (answer.__typename === 'User') {
      const { __typename, ...user } = answer as { __typename: 'User' } & User;
      await session.updateUser(user);
    }
    return answer as Answer;
  }

  const sendAsUser = <Data, Variables>(
    document: Document<Data, Variables>,
    variables: Variables,
    { signal }: RequestOptions = {},
  ) => sendAuthenticated(document, variables, { transport, gatewayToken: session.gatewayToken, signal });

  /** Each document has one field at its root. @returns the answer of that field */
  const ask = async <Data extends object, Variables>(
    document: Document<Data, Variables>,
    variables = {} as Variables,
    by: typeof sendAsUser = transport.send,
  ) => {
    device.read(); // so that an asynchronous storage has answered when the user signs in
    const send = async (sent: Variables) => onlyField(await by(document, sent));
    const answer = await send(variables);
    // Only answers to an input can demand a captcha.
    const repeat = (captcha: string) =>
      send({ input: { ...(variables as { input: object }).input, captcha } } as Variables);
    return phonegate.captcha?.(answer, repeat) ?? answer;
  };
  const askAsUser = <Data extends object, Variables>(document: Document<Data, Variables>, variables?: Variables) =>
    ask(document, variables, sendAsUser);

  /** Read when it is needed: creating a client on a server does nothing. */
  const crypto = () => options.crypto ?? (globalThis as { crypto?: Crypto }).crypto;
  const repeatLost = createRepeater(crypto);
  const codeRequest =
    <Data extends object, Variables>(document: Document<Data, Variables>, send: typeof ask) =>
    ({ phone, channel }: { phone: string; channel?: DeliveryChannel }) =>
      repeatLost(phone, (idempotencyKey) =>
        send(document, {
          input: { phone, channel, idempotencyKey, locale: transport.locale(), deviceToken: device.read() },
        } as Variables),
      );
  const newRedirect = (redirectUri: string) => createRedirect({ gateway: url, clientId, redirectUri }, crypto());
  const exchangeAuthorizationCode: Phonegate['exchangeAuthorizationCode'] = async (input) =>
    keepSession(await ask(documents.ExchangeAuthorizationCode, { input: { clientId: clientId ?? '', ...input } }));
  const request = async (
    document: RequestDocument<unknown, never>,
    variables?: unknown,
    requestOptions?: RequestOptions,
  ) => sendAsUser(textOf(document, options.print), variables, requestOptions);

  // Callers pass attempts as they were answered. The gateway refuses fields that its input does not have.
  const phonegate: Phonegate = {
    url,
    session,
    captcha: options.captcha,
    now: clock.now,
    requestOtp: codeRequest(documents.RequestOtp, ask),
    resendOtp: (attempt) => ask(documents.ResendOtp, { input: { ...keyOf(attempt), channel: attempt.channel } }),
    verifyOtp: async (attempt) =>
      keepSession(await ask(documents.VerifyOtp, { input: { ...withCode(attempt), deviceToken: device.read() } })),
    startWhatsAppLogin: () => ask(documents.StartWhatsAppLogin, { input: { locale: transport.locale() } }),
    watchLogin: (attempt, signal) => watchLogin({ attempt: keyOf(attempt), signal }, { transport }),
    loginAttempt: (attempt) => ask(documents.LoginAttempt, keyOf(attempt)),
    claimLogin: async (attempt) =>
      keepSession(await ask(documents.ClaimLogin, { input: { ...keyOf(attempt), deviceToken: device.read() } })),
    cancelLogin: (attempt) => ask(documents.CancelLogin, { input: keyOf(attempt) }),
    recognizePhone: (phone) => ask(documents.RecognizePhone, { phone }),
    async startRedirect(redirectUri) {
      const page = currentPage();
      const target = redirectUri ?? page.origin + page.pathname;
      const redirect = await newRedirect(target);
      storeRedirect({ ...redirect, redirectUri: target });
      page.assign(redirect.url);
    },
    async completeRedirect() {
      const returned = finishRedirect(currentPage());
      return returned && exchangeAuthorizationCode(returned);
    },
    createRedirect: newRedirect,
    exchangeAuthorizationCode,
    async createAuthorizationCode(request) {
      await session.restore();
      return askAsUser(documents.CreateAuthorizationCode, {
        input: { ...request, refreshToken: session.refreshToken() },
      });
    },
    async me() {
      const user = (await askAsUser(documents.Me)) as User; // null comes with an error, which is thrown
      await session.updateUser(user);
      return user;
    },
    updateMe: async (input) => showUser(await askAsUser(documents.UpdateMe, { input })),
    requestPhoneChange: codeRequest(documents.RequestPhoneChange, askAsUser),
    confirmPhoneChange: async (attempt) =>
      showUser(await askAsUser(documents.ConfirmPhoneChange, { input: withCode(attempt) })),
    mySessions: () => askAsUser(documents.MySessions),
    mySignIns: (page) => askAsUser(documents.MySignIns, page),
    exportMe: () => askAsUser(documents.ExportMe),
    deleteMe: async () => {
      const answer = await askAsUser(documents.DeleteMe);
      if (answer.__typename === 'AccountDeleted') session.forget();
      return answer;
    },
    revokeSession: (sessionId) => askAsUser(documents.RevokeSession, { input: { sessionId } }),
    revokeOtherSessions: () => askAsUser(documents.RevokeOtherSessions),
    request: request as Phonegate['request'],
  };
  return phonegate;
}

const keyOf = ({ attemptId, secret }: AttemptKey) => ({ attemptId, secret });
const withCode = (attempt: AttemptKey & { code: string }) => ({ ...keyOf(attempt), code: attempt.code });
const onlyField = <Data extends object>(data: Data) => Object.values(data)[0] as Data[keyof Data];
