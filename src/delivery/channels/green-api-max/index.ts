import { z } from 'zod';
import { type Channel, type Failed, beforeMessage, failed } from '../channel.js';
import type { GreenApi } from '../green-api/client.js';
import { refusalOf } from '../green-api/index.js';
import type { InstanceState } from '../green-api/instance-state.js';
import { isFailed } from '../http.js';

/** What each message has beside its chat and its text: nothing. Green API's MAX has no `linkPreview`. */
export const NO_FIELDS = { message: {} };

/** `chatId` is a number, which MAX gives to a user: green-api.com/v3/docs/api/service/CheckAccount. */
const ACCOUNT = z.object({
  exist: z.boolean(),
  chatId: z.union([z.string(), z.number()]).transform(String).nullish(),
});
const CHAT_ID = /^[1-9]\d{0,31}$/;

/** Numbers that checkAccount takes: those with the codes 7 and 375. Kazakhstan has the code 7, but Green API names Russia only. */
export const COUNTRIES = ['RU', 'BY'] as const;

/**
 * Sends a text by MAX, through Green API's version 3 (green-api.com/v3/docs/api). It differs from WhatsApp's: a chat is not
 * named by the phone, so checkAccount looks it up first. A number without MAX is known at once. Assumed, because the documentation
 * does not say it: the errors are those of WhatsApp's version, with 469 for too many look-ups. See docs/decisions/0075.
 */
export function createGreenApiMaxChannel(deps: {
  greenApi: GreenApi;
  instanceState: Pick<InstanceState, 'current'>;
  hasReceipts: boolean;
}): Channel {
  const { greenApi, instanceState, hasReceipts } = deps;

  async function chatOf(phone: string, signal: AbortSignal): Promise<string | Failed> {
    const answer = await greenApi.call('checkAccount', { phoneNumber: Number(phone.slice(1)) }, signal);
    if (isFailed(answer)) return beforeMessage(answer);
    const account = ACCOUNT.safeParse(answer.body).data;
    if (account?.exist === false) return failed('not_on_channel', 'no account');
    const { chatId } = account ?? {};
    return chatId && CHAT_ID.test(chatId) ? chatId : failed('unknown', 'unknown chat');
  }

  const refusal = () => refusalOf(instanceState);
  return {
    name: 'green-api-max',
    serves: (country) => COUNTRIES.some((one) => one === country),
    carriesNotifications: true,
    hasReceipts,
    isIdempotent: false,
    refusal,
    async send({ phone, text }, signal) {
      const refused = await refusal();
      if (refused) return refused;
      const chatId = await chatOf(phone, signal);
      return typeof chatId === 'string' ? greenApi.sendMessage(chatId, text, signal) : chatId;
    },
  };
}
