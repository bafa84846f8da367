import { KAVENEGAR_CALLBACK } from '../../delivery/channels/kavenegar/callback.js';
import { isStorageError } from '../../db/storage-error.js';
import type { Log } from '../../log.js';
import { readBody } from '../body.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { secretsEqual } from '../../secrets-equal.js';
import type { CheckWebhookToken } from './check-webhook-token.js';

export const KAVENEGAR_MAX_BODY_BYTES = 64 * 1024;

/**
 * Kavenegar's status callback. Its format is not documented, so every encoding is accepted and only the ID of the
 * message is read. The callback is only a hint: the gateway then requests the status from Kavenegar. The secret is the
 * last part of the path.
 */
export function createKavenegarCallback(deps: {
  secret: string;
  /** @returns whether the gateway sent the message and its status is not final yet */
  scheduleStatusCheck: (messageId: string) => Promise<boolean>;
  checkToken: CheckWebhookToken;
  log: Log;
}): Handler {
  const { secret, scheduleStatusCheck, checkToken, log } = deps;

  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const isRight = () => secretsEqual(pathname.slice(KAVENEGAR_CALLBACK.length).replace(/\/$/, ''), secret);
    if (!checkToken(request, response, { provider: 'kavenegar', isRight })) return;
    const body = (await readBody(request, KAVENEGAR_MAX_BODY_BYTES)) ?? '';
    const messageId = searchParams.get('messageid') ?? messageIdIn(body);
    if (!messageId || !/^\d{1,20}$/.test(messageId)) {
      log.info({ event: 'webhook.ignored', reason: 'unknown_form', provider: 'kavenegar' });
      return respondJson(response, 200, {});
    }
    try {
      if (!(await scheduleStatusCheck(messageId)))
        log.info({ event: 'webhook.ignored', reason: 'unknown_message', provider: 'kavenegar', messageId });
      respondJson(response, 200, {});
    } catch (error) {
      if (!isStorageError(error)) throw error;
      log.error({ event: 'webhook.storage_unavailable', provider: 'kavenegar', messageId, error });
      respondJson(response, 503, { error: 'UNAVAILABLE' });
    }
  };
}

/** The ID of the message in a form or in JSON. */
function messageIdIn(body: string): string | undefined {
  // The JSON is not parsed, because the number can exceed 2^53.
  const json = /^\s*[{[]/.test(body) ? /"messageid"\s*:\s*"?(\d+)/i.exec(body)?.[1] : undefined;
  return json ?? new URLSearchParams(body).get('messageid') ?? undefined;
}
