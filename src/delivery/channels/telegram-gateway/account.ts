import type { Failed } from '../channel.js';
import { isFailed } from '../http.js';
import type { TelegramGateway } from './client.js';

const TIMEOUT_MS = 5_000;

/**
 * Checks whether Telegram accepts the token. The API has no method that shows the account, so a request that does not
 * exist is looked up: the error then names the request, not the token. The balance comes only with a message.
 */
export async function readTelegramGatewayAccount(telegram: TelegramGateway): Promise<{ isAccepted: true } | Failed> {
  const answer = await telegram.call('checkVerificationStatus', { request_id: '1' }, AbortSignal.timeout(TIMEOUT_MS));
  return isFailed(answer) && !answer.detail.startsWith('REQUEST_') ? answer : { isAccepted: true };
}
