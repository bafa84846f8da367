import { z } from 'zod';
import type { Failed } from '../channel.js';
import { type Answer, isFailed, parseJson, sendRequest } from '../http.js';
import { failureOf, unreadable } from './results.js';

export interface TelegramGatewaySettings {
  url: string;
  token: string | undefined;
}

/** A request for a code, as Telegram reports it (core.telegram.org/gateway/api, RequestStatus). */
export interface RequestStatus {
  requestId: string;
  /** `sent`, `delivered`, `read`, `expired` or `revoked`. */
  status: string | undefined;
  /** In US dollars. */
  balance: number | undefined;
  /** Our ID of the message. */
  deliveryId: string | undefined;
}

/** Telegram's Gateway API. The token goes into a header, so URLs contain no secret. */
export interface TelegramGateway {
  call(method: string, parameters: object, signal: AbortSignal): Promise<RequestStatus | Failed>;
}

const STATUS = z
  .object({
    request_id: z.string().regex(/^[\x21-\x7e]{1,128}$/),
    remaining_balance: z.number().nullish(),
    delivery_status: z.object({ status: z.string().max(40) }).nullish(),
    payload: z.uuid().optional().catch(undefined),
  })
  .transform(({ request_id, remaining_balance, delivery_status, payload }) => ({
    requestId: request_id,
    status: delivery_status?.status,
    balance: remaining_balance ?? undefined,
    deliveryId: payload,
  }));
const ANSWER = z.union([
  z.object({ ok: z.literal(true), result: STATUS }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);

/** Returns undefined if no token is configured. */
export function createTelegramGateway({ url, token }: TelegramGatewaySettings): TelegramGateway | undefined {
  if (!token) return undefined;
  return {
    async call(method, parameters, signal) {
      const init = {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      };
      const answer = await sendRequest(`${url}/${method}`, init, signal);
      return isFailed(answer) ? answer : statusIn(answer);
    },
  };
}

function statusIn(answer: Answer): RequestStatus | Failed {
  const parsed = ANSWER.safeParse(parseJson(answer.text));
  if (!parsed.success) return unreadable(answer.status);
  return parsed.data.ok ? parsed.data.result : failureOf(parsed.data.error);
}

/** Reads the status that Telegram reports to the callback: the same object as in an answer. */
export const requestStatusIn = (json: unknown): RequestStatus | undefined => STATUS.safeParse(json).data;
