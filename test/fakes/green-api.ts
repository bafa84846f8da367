import { randomUUID } from 'node:crypto';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that the gateway made. */
export interface GreenApiCall {
  method: string;
  body: Record<string, unknown>;
}

/** What goes wrong at Green API: it never answers, or it answers with this status and body. */
export type Fault = 'hang' | { status: number; body: string };

export interface FakeGreenApi {
  url: string;
  idInstance: string;
  token: string;
  calls: GreenApiCall[];
  /** Phone digits behind a lid; the empty text for a person who hides them. */
  people: Map<string, string>;
  /** Holds for every call from now on. */
  fault: Fault | undefined;
  /** The texts sent to a chat. */
  sentTo(chatId: string): string[];
  /** How often the person behind this lid was looked up. */
  lookUpsOf(lid: string): number;
  close(): Promise<void>;
}

type Answer = { status: number; body: unknown };
const CHAT_ID = /^\d+@(c\.us|g\.us|lid)$/;

/** Green API as far as the gateway calls it: the token in the path, method names in any case, 401 with an empty body. */
export async function startGreenApi(
  idInstance = '1101000001',
  token = 'invented_token_of_the_instance',
): Promise<FakeGreenApi> {
  const calls: GreenApiCall[] = [];
  const people = new Map<string, string>();
  const methods: Record<string, (body: Record<string, unknown>) => Answer> = {
    sendmessage: ({ chatId, message }) => {
      if (!CHAT_ID.test(String(chatId))) return invalid("'chatId' must be one of the next formats");
      if (typeof message !== 'string' || message === '') return invalid("'message' is required");
      if (message.length > 20_000)
        return invalid("'message' length must be less than or equal to 20000 characters long");
      return { status: 200, body: { idMessage: `3EB0${randomUUID().slice(0, 8).toUpperCase()}` } };
    },
    checkwhatsapp: (body) => {
      if (Object.keys(body).length !== 1) return invalid("'value' must have at least 1 key");
      const chatId = String(body['chatId'] ?? body['phoneNumber']);
      if (!chatId.endsWith('@lid')) return { status: 200, body: { existsWhatsapp: true } };
      const digits = people.get(chatId);
      if (digits === undefined) return { status: 200, body: { existsWhatsapp: false } };
      return { status: 200, body: { existsWhatsapp: true, chatId, phoneNumber: digits && `${digits}@c.us` } };
    },
  };

  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const [, instance, method = '', shownToken] = /^\/waInstance(\d+)\/(\w+)\/(\w+)$/.exec(request.url ?? '') ?? [];
      const act = methods[method.toLowerCase()];
      if (instance !== idInstance) return answer(response, { status: 403, body: undefined });
      if (shownToken !== token) return answer(response, { status: 401, body: undefined });
      if (!act || request.method !== 'POST') return answer(response, { status: 404, body: undefined });
      const body = JSON.parse(text) as Record<string, unknown>;
      calls.push({ method: method.toLowerCase(), body });
      const { fault } = fake;
      if (fault === 'hang') return;
      if (fault) return void response.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body);
      answer(response, act(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const fake: FakeGreenApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    idInstance,
    token,
    calls,
    people,
    fault: undefined,
    sentTo: (chatId) =>
      calls
        .filter(({ method, body }) => method === 'sendmessage' && body['chatId'] === chatId)
        .map(({ body }) => String(body['message'])),
    lookUpsOf: (lid) => calls.filter(({ method, body }) => method === 'checkwhatsapp' && body['chatId'] === lid).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

const invalid = (details: string): Answer => ({
  status: 400,
  body: { statusCode: 400, message: `Validation failed. Details: ${details}` },
});

function answer(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
