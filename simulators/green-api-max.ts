import { type Fault, applyFault, serve } from './serve.js';

export interface MaxMessage {
  id: string;
  chatId: string;
  /** Digits. */
  phone: string;
  text: string;
}

export interface GreenApiMaxSimulator {
  /** With `/v3` at its end, as an operator enters it. */
  url: string;
  idInstance: string;
  token: string;
  webhookToken: string;
  calls: { method: string; body: Record<string, unknown> }[];
  messages: MaxMessage[];
  /** Digits. */
  phonesWithoutMax: Set<string>;
  state: string;
  settings: Record<string, string>;
  /** Answers the next calls of checkAccount with this status: 469 for too many look-ups. */
  lookUpRefusal: number | undefined;
  fault: Fault | undefined;
  /** Faults by method. They take precedence over `fault`. */
  faults: Map<string, Fault>;
  /** The URL of the webhook. */
  webhookUrl: string;
  /** Sends an event to the webhook. @returns the status of the answer; 0: none */
  emit(event: object, change?: { authorization?: string }): Promise<number>;
  /** Reports the status of a message to the webhook. */
  report(
    message: MaxMessage,
    status: string,
    change?: { authorization?: string; idInstance?: string },
  ): Promise<number>;
  close(): Promise<void>;
}

/** The user's chat is a number that has nothing to do with the phone. */
const chatOf = (phone: string) => String(10_000_000 + (Number(phone.slice(-7)) % 9_000_000));

/**
 * The part of Green API for MAX that a gateway calls (green-api.com/v3/docs/api): chats are numbers, which checkAccount finds, and a
 * field that MAX does not have is refused as WhatsApp's version refuses unknown fields. The documentation does not show the body
 * of an error: it is that of WhatsApp's version.
 */
export async function startGreenApiMaxSimulator(): Promise<GreenApiMaxSimulator> {
  const served = await serve(async (request, text, response) => {
    const path = /^\/v3\/waInstance(\d+)\/(\w+)\/([^/]+)$/.exec(request.url ?? '');
    const [, idInstance, method = '', token] = path ?? [];
    const answer = (status: number, body?: unknown) =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(body === undefined ? '' : JSON.stringify(body));
    const body = JSON.parse(text || '{}') as Record<string, unknown>;
    if (path) simulator.calls.push({ method, body });
    if (await applyFault(simulator.faults.get(method) ?? simulator.fault, response)) return;
    if (!path) return answer(404, { message: 'Not Found' });
    if (idInstance !== simulator.idInstance) return answer(403, { message: 'Forbidden' });
    if (token !== simulator.token) return answer(401);
    const refuse = (message: string) =>
      answer(400, { statusCode: 400, timestamp: new Date().toISOString(), path: request.url, message });
    const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    return run ? run(body, { answer, refuse }) : answer(404, { message: 'Not Found' });
  });

  interface Reply {
    answer: (status: number, body?: unknown) => void;
    refuse: (message: string) => void;
  }
  const METHODS: Record<string, (body: Record<string, unknown>, reply: Reply) => void> = {
    getStateInstance: (_, { answer }) => answer(200, { stateInstance: simulator.state }),
    getSettings: (_, { answer }) => answer(200, { typeInstance: 'v3', ...simulator.settings }),
    getAccountSettings: (_, { answer }) =>
      answer(200, { avatar: '', phone: '77010000001', stateInstance: simulator.state, chatId: '10000000' }),
    showMessagesQueue: (_, { answer }) => answer(200, []),
    checkAccount({ phoneNumber, force, ...others }, { answer, refuse }) {
      if (simulator.lookUpRefusal !== undefined) return answer(simulator.lookUpRefusal, {});
      if (typeof phoneNumber !== 'number' || Object.keys(others).length > 0)
        return refuse("Validation failed. Details: 'phoneNumber' must be a number");
      if (simulator.state !== 'authorized') return refuse('instance is starting or not authorized');
      const phone = String(phoneNumber);
      if (simulator.phonesWithoutMax.has(phone)) return answer(200, { exist: false, fromCache: force !== true });
      chats.set(chatOf(phone), phone);
      answer(200, { exist: true, chatId: chatOf(phone), fromCache: force !== true });
    },
    sendMessage({ chatId, message, ...others }, { answer, refuse }) {
      const unknown = Object.keys(others).find((name) => name !== 'quotedMessageId' && name !== 'typingTime');
      if (unknown !== undefined) return refuse(`Validation failed. Details: '${unknown}' is not allowed`);
      if (typeof message !== 'string' || message.length > 4_000)
        return refuse(
          "Validation failed. Details: 'message' length must be less than or equal to 4000 characters long",
        );
      const phone = chats.get(String(chatId));
      if (phone === undefined) return refuse("Validation failed. Details: 'chatId' must be a known chat");
      const id = `17631151${12_345 + simulator.messages.length}`;
      simulator.messages.push({ id, chatId: String(chatId), phone, text: message });
      answer(200, { idMessage: id });
    },
  };
  const chats = new Map<string, string>();

  const simulator: GreenApiMaxSimulator = {
    url: `${served.url}/v3`,
    idInstance: '3100000001',
    token: 'invented_token_of_the_max_instance',
    webhookToken: 'kWq7Zr5TvN3bXyP9cJd2Hs8L',
    calls: [],
    messages: [],
    phonesWithoutMax: new Set(),
    state: 'authorized',
    settings: {},
    lookUpRefusal: undefined,
    fault: undefined,
    faults: new Map(),
    webhookUrl: '',
    async emit(event, { authorization = `Bearer ${simulator.webhookToken}` } = {}) {
      return fetch(simulator.webhookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify(event),
      }).then(
        ({ status }) => status,
        () => 0,
      );
    },
    report({ id, chatId }, status, { idInstance = simulator.idInstance, ...change } = {}) {
      return simulator.emit(
        {
          typeWebhook: 'outgoingMessageStatus',
          chatId,
          instanceData: { idInstance: Number(idInstance), wid: '77010000001@c.us', typeInstance: 'v3' },
          timestamp: Math.floor(Date.now() / 1000),
          idMessage: id,
          status,
          sendByApi: true,
        },
        change,
      );
    },
    close: served.close,
  };
  return simulator;
}
