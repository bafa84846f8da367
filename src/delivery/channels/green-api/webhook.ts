import { z } from 'zod';
import type { IgnoredReason } from './ignored-reason.js';
import { ID_MESSAGE, type IncomingText, readIncomingText } from './incoming-text.js';

/**
 * A Green API webhook with the fields that the gateway uses (formats: Green API's documentation, "Notifications
 * format"). Other types and unknown forms are ignored, with a reason.
 */
export type WebhookEvent =
  | { kind: 'message'; message: IncomingText }
  | { kind: 'status'; status: OutgoingStatus }
  | { kind: 'state'; state: string }
  | { kind: 'quota'; method: string; used: number | undefined; total: number | undefined }
  | { kind: 'ignored'; reason: IgnoredReason; typeWebhook?: string; typeMessage?: string };

/** The delivery status of a message that the gateway sent. */
export interface OutgoingStatus {
  idMessage: string;
  /** Digits of the recipient's phone. Undefined for a hidden user, and in the format of 2023, which has no chatId. */
  digits: string | undefined;
  /** Green API's name of the status. */
  status: string;
}

const WORD = z.string().regex(/^\w{1,40}$/);

const EVENT = z.object({
  typeWebhook: z.string(),
  instanceData: z
    .object({ idInstance: z.union([z.number(), z.string()]).transform(String), wid: z.string().nullish() })
    .optional(),
});
const STATUS = z.object({
  idMessage: ID_MESSAGE,
  status: WORD,
  chatId: z.string().nullish(),
  sendByApi: z.boolean().nullish(),
});
const STATE = z.object({ stateInstance: WORD });
/** The description lists phone numbers, so it is not read. */
const QUOTA = z.object({
  quotaData: z.object({ method: WORD, used: z.number().optional(), total: z.number().optional() }),
});

export function readWebhook(
  body: string,
  ours: { idInstance: string | undefined; number: string | undefined; learnNumber?: (number: string) => void },
): WebhookEvent {
  let json: unknown;
  try {
    json = JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch {
    return { kind: 'ignored', reason: 'not_json' };
  }
  const event = EVENT.safeParse(json);
  if (!event.success) return { kind: 'ignored', reason: 'unknown_form' };
  const { typeWebhook, instanceData } = event.data;
  const ignored = (reason: IgnoredReason, typeMessage?: string): WebhookEvent => ({
    kind: 'ignored',
    reason,
    typeWebhook: typeWebhook.slice(0, 64),
    ...(typeMessage ? { typeMessage: typeMessage.slice(0, 64) } : {}),
  });
  const read = Object.hasOwn(READERS, typeWebhook) ? READERS[typeWebhook] : undefined;
  // Messages that the operator writes have an outgoing type. They must not sign a user in.
  if (!read) return ignored('not_an_incoming_message');
  if (!instanceData || (ours.idInstance && instanceData.idInstance !== ours.idInstance))
    return ignored('other_instance');
  const wid = instanceData.wid?.replace(/@.*$/, '');
  if (wid && /^[1-9]\d{6,14}$/.test(wid)) ours.learnNumber?.(wid);
  if (wid && ours.number && wid !== ours.number) return ignored('other_number');
  const result = read(json, instanceData.idInstance);
  return result.kind === 'ignored' ? ignored(result.reason, result.typeMessage) : result;
}

const READERS: Record<string, (json: unknown, instance: string) => WebhookEvent> = {
  incomingMessageReceived(json, instance) {
    const message = readIncomingText(json, instance);
    return 'reason' in message ? { kind: 'ignored', ...message } : { kind: 'message', message };
  },
  outgoingMessageStatus(json) {
    const parsed = STATUS.safeParse(json);
    if (!parsed.success) return { kind: 'ignored', reason: 'unknown_form' };
    const { idMessage, status, chatId, sendByApi } = parsed.data;
    // written on the phone of the account
    if (sendByApi === false) return { kind: 'ignored', reason: 'not_sent_by_us' };
    return { kind: 'status', status: { idMessage, digits: /^([1-9]\d{6,14})@c\.us$/.exec(chatId ?? '')?.[1], status } };
  },
  stateInstanceChanged(json) {
    const parsed = STATE.safeParse(json);
    if (!parsed.success) return { kind: 'ignored', reason: 'unknown_form' };
    return { kind: 'state', state: parsed.data.stateInstance };
  },
  quotaExceeded(json) {
    const parsed = QUOTA.safeParse(json);
    if (!parsed.success) return { kind: 'ignored', reason: 'unknown_form' };
    const { method, used, total } = parsed.data.quotaData;
    return { kind: 'quota', method, used, total };
  },
};
