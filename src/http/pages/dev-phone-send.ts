import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import type { Config } from '../../config/config.js';
import { GREEN_API_WEBHOOK } from '../../delivery/channels/green-api/settings.js';
import { parsePhone } from '../../phone/parse-phone.js';
import { whatsAppDigits } from '../../phone/whatsapp-phone.js';
import type { SendAnswer } from '../../web/dev-phone/settings.js';
import { readBody } from '../body.js';
import { refuseMethod, respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { hiddenIdOf } from './hidden-sender.js';

const MAX_BODY_BYTES = 64_000;
const TIMEOUT_MS = 20_000;

const MESSAGE = z.object({
  /** Phone number in any spelling. */
  from: z.string(),
  text: z.string().min(1).max(4096),
  /** Whether WhatsApp hides the number from the gateway. */
  hidden: z.boolean().default(false),
  name: z.string().max(100).default('Developer'),
});
type Message = z.output<typeof MESSAGE>;

/** Sends a WhatsApp message to the gateway from any number, by posting to the webhook as Green API would. */
export function createSendRoute(config: Config): Handler {
  return async (request, response) => {
    if (request.method !== 'POST') return refuseMethod(response, 'POST');
    // Any web page can make a browser post forms and plain text, but not JSON.
    if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/json')
      return respondJson(response, 415, {
        error: 'UNSUPPORTED_MEDIA_TYPE',
        message: 'Send JSON (Content-Type: application/json).',
      });
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) return respondJson(response, 413, { error: 'PAYLOAD_TOO_LARGE' });
    const message = readMessage(body);
    if (!message)
      return respondJson(response, 400, {
        error: 'BAD_REQUEST',
        message:
          'Send { "from": "…", "text": "…", "hidden"?: true, "name"?: "…" }. The text can have at most 4096 characters.',
      });
    const phone = parsePhone(message.from, config.defaultCountries);
    if (typeof phone === 'string')
      return respondJson(response, 400, {
        error: 'INVALID_PHONE_NUMBER',
        message:
          phone === 'invalid'
            ? 'This is not a phone number.'
            : 'This is not a mobile number, so it cannot have WhatsApp.',
      });

    const at = new Date();
    const { webhookToken } = config.greenApi;
    const answer = await fetch(`${ownUrl(request)}${GREEN_API_WEBHOOK}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(webhookToken === undefined ? {} : { authorization: `Bearer ${webhookToken}` }),
      },
      body: JSON.stringify(webhookOf(message, { phone: phone.e164, at, config })),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    respondJson(response, 200, { status: answer.status, phone: phone.e164, at: at.toISOString() } satisfies SendAnswer);
  };
}

/** The body that Green API would post for a message from this phone. */
function webhookOf(
  { text, name, hidden }: Message,
  { phone, at, config: { greenApi, whatsapp } }: { phone: string; at: Date; config: Config },
): object {
  const sender = hidden ? hiddenIdOf(phone) : `${whatsAppDigits(phone)}@c.us`;
  return {
    typeWebhook: 'incomingMessageReceived',
    instanceData: {
      idInstance: Number(greenApi.idInstance ?? 1101000001),
      // Empty as for an account that is signed out, so that the gateway learns no invented number.
      wid: whatsapp.number === undefined ? '' : `${whatsapp.number}@c.us`,
      typeInstance: 'whatsapp',
    },
    timestamp: Math.floor(at.getTime() / 1000),
    idMessage: `3A${randomUUID().replaceAll('-', '').slice(0, 18).toUpperCase()}`,
    senderData: { chatId: sender, sender, chatName: name, senderName: name, senderContactName: '' },
    messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: text } },
  };
}

function readMessage(body: string): Message | undefined {
  try {
    return MESSAGE.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** The URL that this request reached. Behind a proxy or in a container, no setting is certain to contain it. */
function ownUrl({ socket: { localAddress = '127.0.0.1', localPort } }: IncomingMessage): string {
  return `http://${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`;
}
