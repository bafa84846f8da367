import { type Channel, type SendResult, beforeMessage } from '../channel.js';
import { isFailed } from '../http.js';
import { receiptsOneByOne } from '../receipts-one-by-one.js';
import type { TelegramGateway } from './client.js';
import { failureOf, receiptOf } from './results.js';

export const TELEGRAM_GATEWAY_WEBHOOK = '/api/webhooks/telegram-gateway/status';

/** Bounds of `ttl`, in seconds. What is not delivered within it is refunded. */
const TTL = { min: 30, max: 3_600 };
const DEFAULT_TTL = 300;

/**
 * Sends our code by Telegram (core.telegram.org/gateway/api). checkSendAbility comes first, because it costs nothing for a number without
 * Telegram, and its `request_id` makes the message one that is charged and sent once.
 */
export function createTelegramGatewayChannel(deps: {
  telegram: TelegramGateway;
  sender: string | undefined;
  publicUrl: string;
}): Channel {
  const { telegram, sender, publicUrl } = deps;
  // Telegram calls only public HTTPS addresses.
  const callback = publicUrl.startsWith('https://') ? { callback_url: `${publicUrl}${TELEGRAM_GATEWAY_WEBHOOK}` } : {};

  return {
    name: 'telegram-gateway',
    serves: () => true,
    carriesNotifications: false,
    hasReceipts: true,
    isIdempotent: false,
    async send({ phone, code, deliveryId, ttlSeconds = DEFAULT_TTL }, signal): Promise<SendResult> {
      // Telegram takes codes of 4 to 8 digits only.
      if (!/^\d{4,8}$/.test(code)) return failureOf('CODE_INVALID');
      const able = await telegram.call('checkSendAbility', { phone_number: phone }, signal);
      if (isFailed(able)) return beforeMessage(able);
      const message = {
        phone_number: phone,
        request_id: able.requestId,
        code,
        ttl: Math.min(TTL.max, Math.max(TTL.min, ttlSeconds)),
        payload: deliveryId,
        ...(sender ? { sender_username: sender } : {}),
        ...callback,
      };
      const sent = await telegram.call('sendVerificationMessage', message, signal);
      // To try again would ask for the ability again, which Telegram charges each time.
      if (isFailed(sent)) return { ...sent, retry: false };
      const receipt = receiptOf(sent.status);
      return {
        outcome: 'accepted',
        providerId: sent.requestId,
        ...(receipt?.status === 'SENT' || receipt?.status === 'DELIVERED' ? { status: receipt.status } : {}),
      };
    },
    receiptsOf: (ids) =>
      receiptsOneByOne(ids, async (id, signal) => {
        const answer = await telegram.call('checkVerificationStatus', { request_id: id }, signal);
        return isFailed(answer) ? undefined : receiptOf(answer.status);
      }),
  };
}
