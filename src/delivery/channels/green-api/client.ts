import { z } from 'zod';
import type { Config } from '../../../config/config.js';

/** What we ask of a Green API instance. The token stands in every URL, so no URL ever leaves this file. */
export interface GreenApi {
  /** Puts a text into the instance's queue. Rejects when it was not accepted. */
  sendMessage(chatId: string, message: string): Promise<void>;
  /** The phone behind a chat id (digits), `hidden` when the person hides it. Rejects when the instance does not say. */
  phoneOf(chatId: string): Promise<{ digits: string } | 'hidden'>;
}

/** `phoneNumber` comes as "77010000002@c.us", and empty when hidden. */
const CHECKED = z.object({
  existsWhatsapp: z.boolean().optional(),
  phoneNumber: z.union([z.string(), z.number()]).optional(),
});
const TIMEOUT_MS = 5_000;

/** Absent unless both the instance and its token are configured. */
export function createGreenApi({ url, idInstance, token }: Config['greenApi']): GreenApi | undefined {
  if (!idInstance || !token) return undefined;

  async function call(method: string, body: object): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${url}/waInstance${idInstance}/${method}/${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      // oxlint-disable-next-line preserve-caught-error -- the cause can hold the URL, and the URL holds the token
      throw new Error(`Green API ${method}: ${error instanceof Error ? error.name : 'no answer'}`);
    }
    if (!response.ok) throw new Error(`Green API ${method}: HTTP ${response.status}`);
    return response.json();
  }

  return {
    async sendMessage(chatId, message) {
      await call('sendMessage', { chatId, message });
    },
    async phoneOf(chatId) {
      const { phoneNumber } = CHECKED.parse(await call('checkWhatsapp', { chatId }));
      const digits = /^([1-9]\d{6,14})(@c\.us)?$/.exec(String(phoneNumber ?? ''))?.[1];
      return digits ? { digits } : 'hidden';
    },
  };
}
