import { z } from 'zod';
import { type Accepted, type Failed, failed } from '../channel.js';
import { isFailed, parseJson, sendRequest } from '../http.js';
import { ID_MESSAGE } from './incoming-text.js';
import { failureOf } from './results.js';

export interface GreenApiSettings {
  url: string;
  idInstance: string | undefined;
  token: string | undefined;
  webhookToken?: string | undefined;
}

export interface PhoneOfChat {
  digits: string;
  /** When Green API was asked. */
  checkedAt: Date;
}

/**
 * The methods of a Green API instance that the gateway uses. Every URL contains the token, so no URL leaves this file.
 */
export interface GreenApi {
  idInstance: string;
  /** Calls a method, with GET if there is no body. Returns the body of the answer, not validated. */
  call(method: string, body: object | undefined, signal: AbortSignal): Promise<{ body: unknown } | Failed>;
  /** Puts a text into the queue of the instance. An accepted message is not sent yet. */
  sendMessage(chatId: string, message: string, signal?: AbortSignal): Promise<Accepted | Failed>;
  /**
   * Finds the phone of a chat. Returns `hidden` if the user hides the phone.
   *
   * @param options.cached whether an earlier answer is good enough. Default: true
   * @throws when the instance does not answer, or the answer has an unknown form
   */
  phoneOf(chatId: string, options?: { cached: boolean }): Promise<PhoneOfChat | 'hidden'>;
  /** The text of a message; undefined when the instance does not know it or does not answer. It may contain a code. */
  textOf(chatId: string, idMessage: string): Promise<string | undefined>;
  /** Green API's name of the state: authorized, notAuthorized, blocked, … `null` while the instance is being created. */
  stateInstance(): Promise<{ state: string } | Failed>;
}

/** `phoneNumber` has the form "77010000002@c.us". It is empty if the user hides it. */
const CHECKED = z.object({
  existsWhatsapp: z.boolean().optional(),
  phoneNumber: z.union([z.string(), z.number()]).optional(),
});
const QUEUED = z.object({ idMessage: ID_MESSAGE });
const JOURNAL_RECORD = z.object({ textMessage: z.string() });
const STATE = z.object({ stateInstance: z.string().max(40) }).nullable();
const TIMEOUT_MS = 5_000;
/** Shorter, because a message waits for the state and must still be sent in time. */
const STATE_TIMEOUT_MS = 2_000;
/** Green API delivers webhooks in order, so the next one waits meanwhile. */
const TEXT_TIMEOUT_MS = 2_000;

/**
 * Returns undefined unless both the instance and its token are configured.
 *
 * @param options.message what each message has beside its chat and its text. Green API refuses a field that the messenger of the
 *   instance does not have.
 */
export function createGreenApi(
  { url, idInstance, token }: GreenApiSettings,
  { message: fields = { linkPreview: false } }: { message?: object } = {},
): GreenApi | undefined {
  if (!idInstance || !token) return undefined;

  const call: GreenApi['call'] = async (method, body, signal) => {
    const init = body
      ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      : { method: 'GET' };
    const answer = await sendRequest(`${url}/waInstance${idInstance}/${method}/${token}`, init, signal);
    if (isFailed(answer)) return answer;
    const parsed = parseJson(answer.text);
    return answer.status === 200 && parsed !== undefined ? { body: parsed } : failureOf(answer.status, parsed);
  };

  return {
    idInstance,
    call,
    async sendMessage(chatId, message, signal = AbortSignal.timeout(TIMEOUT_MS)) {
      const answer = await call('sendMessage', { chatId, message, ...fields }, signal);
      if (isFailed(answer)) return answer;
      const queued = QUEUED.safeParse(answer.body);
      return queued.success
        ? { outcome: 'accepted', providerId: queued.data.idMessage }
        : failed('unknown', 'unreadable answer');
    },
    async phoneOf(chatId) {
      const checkedAt = new Date();
      const answer = await call('checkWhatsapp', { chatId }, AbortSignal.timeout(TIMEOUT_MS));
      if (isFailed(answer)) throw new Error(`Green API checkWhatsapp: ${answer.detail}`);
      const { phoneNumber } = CHECKED.parse(answer.body);
      const digits = /^([1-9]\d{6,14})(@c\.us)?$/.exec(String(phoneNumber ?? ''))?.[1];
      return digits ? { digits, checkedAt } : 'hidden';
    },
    async textOf(chatId, idMessage) {
      const answer = await call('getMessage', { chatId, idMessage }, AbortSignal.timeout(TEXT_TIMEOUT_MS));
      return isFailed(answer) ? undefined : JOURNAL_RECORD.safeParse(answer.body).data?.textMessage;
    },
    async stateInstance() {
      const answer = await call('getStateInstance', undefined, AbortSignal.timeout(STATE_TIMEOUT_MS));
      if (isFailed(answer)) return answer;
      const state = STATE.safeParse(answer.body);
      return state.success ? { state: state.data?.stateInstance ?? 'null' } : failed('unknown', 'unreadable answer');
    },
  };
}
