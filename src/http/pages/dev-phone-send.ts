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
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';

const MAX_BODY_BYTES = 64_000;
const TIMEOUT_MS = 20_000;

const MESSAGE = z.object({
  /** In any spelling. */
  from: z.string(),
  text: z.string().min(1).max(4096),
  /** WhatsApp tells the gateway no phone. */
  hidden: z.boolean().default(false),
  name: z.string().max(100).default('Developer'),
});

/** Writes to the gateway from any number: Green API's webhook, posted to the address that was asked, in its own format. */
export function createSendRoute({ greenApi, whatsapp, defaultCountries }: Config): Handler {
  return async (request, response) => {
    if (request.method !== 'POST')
      return respondJson(response, 405, { error: 'METHOD_NOT_ALLOWED' }, { allow: 'POST' });
    // Forms and plain text can be posted by any web page without asking; JSON cannot.
    if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/json')
      return respondJson(response, 415, { error: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send JSON.' });
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) return respondJson(response, 413, { error: 'PAYLOAD_TOO_LARGE' });
    const message = readMessage(body);
    if (!message)
      return respondJson(response, 400, {
        error: 'BAD_REQUEST',
        message: 'Send { "from": "…", "text": "…", "hidden"?: true, "name"?: "…" }, the text at most 4096 characters.',
      });
    const phone = parsePhone(message.from, defaultCountries);
    if (typeof phone === 'string')
      return respondJson(response, 400, {
        error: 'INVALID_PHONE_NUMBER',
        message:
          phone === 'invalid'
            ? 'This is no phone number.'
            : 'This number is no mobile phone: nobody has WhatsApp there.',
      });

    const sender = message.hidden ? hiddenId(phone.e164) : `${whatsAppDigits(phone.e164)}@c.us`;
    const { webhookToken } = greenApi;
    const at = new Date();
    const answer = await fetch(`${ownUrl(request)}${GREEN_API_WEBHOOK}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(webhookToken === undefined ? {} : { authorization: `Bearer ${webhookToken}` }),
      },
      body: JSON.stringify({
        typeWebhook: 'incomingMessageReceived',
        instanceData: {
          idInstance: Number(greenApi.idInstance ?? 1101000001),
          wid: `${whatsapp.number ?? '77010000001'}@c.us`,
          typeInstance: 'whatsapp',
        },
        timestamp: Math.floor(at.getTime() / 1000),
        idMessage: `3A${randomUUID().replaceAll('-', '').slice(0, 18).toUpperCase()}`,
        senderData: {
          chatId: sender,
          sender,
          chatName: message.name,
          senderName: message.name,
          senderContactName: '',
        },
        messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: message.text } },
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    respondJson(response, 200, { status: answer.status, phone: phone.e164, at: at.toISOString() } satisfies SendAnswer);
  };
}

function readMessage(body: string): z.output<typeof MESSAGE> | undefined {
  try {
    return MESSAGE.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** Where the request reached us; no configuration says so for certain. */
function ownUrl({ socket: { localAddress = '127.0.0.1', localPort } }: IncomingMessage): string {
  return `http://${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/**
 * A hidden id of ours: WhatsApp has none that begins with a zero, so nobody is ever written to by it. It keeps the phone
 * behind it, so that answers to it are shown there.
 */
function hiddenId(e164: string): string {
  return `00${e164.slice(1)}@lid`;
}

export function phoneOfHidden(id: string): string | undefined {
  const digits = /^00([1-9]\d+)@lid$/.exec(id)?.[1];
  return digits === undefined ? undefined : `+${digits}`;
}
