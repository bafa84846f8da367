import type { IncomingText } from '../../delivery/channels/green-api/incoming-text.js';
import { type OutgoingStatus, type WebhookEvent, readWebhook } from '../../delivery/channels/green-api/webhook.js';
import { DOCTOR_PROBE } from '../../delivery/channels/green-api/settings.js';
import { stripAuthScheme } from '../../config/strip-auth-scheme.js';
import { isStorageError } from '../../db/storage-error.js';
import type { WebhookOutcome } from '../../login/webhook-outcome.js';
import type { Log } from '../../log.js';
import { readBody } from '../body.js';
import { respondJson } from '../respond.js';
import { secretsEqual } from '../../secrets-equal.js';
import type { Handler } from '../server.js';
import type { CheckWebhookToken } from './check-webhook-token.js';

/**
 * Green API sends thumbnails and contact cards inline. A larger body is not a login message; it is ignored with a 200.
 */
export const GREEN_API_MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface GreenApiWebhookDeps {
  token: string | undefined;
  idInstance: string | undefined;
  number: string | undefined;
  /** Takes the number of the account. */
  learnNumber: (number: string) => void;
  /** Records that the provider reached the webhook. */
  webhookMonitor: () => void;
  receiveText: (message: IncomingText) => Promise<WebhookOutcome>;
  receiveStatus: (status: OutgoingStatus) => Promise<WebhookOutcome>;
  saveState: (state: string) => Promise<void>;
  checkToken: CheckWebhookToken;
  log: Log;
}

/**
 * Green API's webhook. Green API delivers in order and repeats a webhook until it gets a 200, so any other answer
 * blocks every login for up to a day. The answer is 401 for a wrong token, 503 while the database cannot store the
 * event (Green API then repeats it), and 200 for everything else.
 */
export function createGreenApiWebhook(deps: GreenApiWebhookDeps): Handler {
  const { token, idInstance, number, learnNumber, webhookMonitor, checkToken, log } = deps;

  return async (request, response) => {
    if (token !== undefined) {
      const isRight = () => isAuthentic(request.headers.authorization, token);
      if (!checkToken(request, response, { provider: 'green-api', isRight })) return;
    }
    const body = await readBody(request, GREEN_API_MAX_BODY_BYTES);
    const event =
      body === undefined
        ? ({ kind: 'ignored', reason: 'too_large' } as const)
        : readWebhook(body, { idInstance, number, learnNumber });
    if (!(event.kind === 'ignored' && 'typeWebhook' in event && event.typeWebhook === DOCTOR_PROBE)) webhookMonitor();
    const idMessage =
      event.kind === 'message' ? event.message.idMessage : event.kind === 'status' ? event.status.idMessage : undefined;
    try {
      const received = await actOn(event, deps);
      if (received.outcome === 'ignored') {
        const { outcome: _, ...fields } = received;
        log.info({ event: 'webhook.ignored', idMessage, ...fields });
      }
      respondJson(response, 200, {});
    } catch (error) {
      if (isStorageError(error)) {
        log.error({ event: 'webhook.storage_unavailable', idMessage, error });
        return respondJson(response, 503, { error: 'UNAVAILABLE' });
      }
      // A bug: repeating the event would fail again and block the queue.
      log.error({ event: 'webhook.bug', idMessage, error, stack: error instanceof Error ? error.stack : undefined });
      respondJson(response, 200, {});
    }
  };
}

async function actOn(
  event: WebhookEvent | { kind: 'ignored'; reason: 'too_large' },
  { receiveText, receiveStatus, saveState, log }: GreenApiWebhookDeps,
): Promise<WebhookOutcome> {
  switch (event.kind) {
    case 'message':
      return receiveText(event.message);
    case 'status':
      return receiveStatus(event.status);
    case 'state':
      await saveState(event.state);
      return { outcome: 'acted' };
    case 'quota': {
      const { kind: _, ...fields } = event;
      log.error({ event: 'green_api.quota_exceeded', ...fields });
      return { outcome: 'acted' };
    }
    case 'ignored': {
      const { kind: _, ...fields } = event;
      return { outcome: 'ignored', ...fields };
    }
  }
}

/** Whether the Authorization header carries the configured token. */
function isAuthentic(header: string | undefined, token: string): boolean {
  return secretsEqual(stripAuthScheme(header ?? ''), token);
}
