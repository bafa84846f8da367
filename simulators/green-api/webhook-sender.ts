import type { Instance } from './instance.js';

/** Counts of the webhooks. */
export interface WebhookReport {
  /** Events that were answered 200. */
  delivered: number;
  /** Attempts with another answer, or none. */
  refused: number;
  /** Events that are not delivered or polled yet. */
  readonly waiting: number;
  /** Events that expired after 24 hours. */
  readonly expired: number;
  /** HTTP statuses of the last fifty answers. 0 means no answer. */
  statuses: number[];
}

const ANSWER_TIMEOUT_MS = 180_000;
const RETRY_AFTER_MS = 60_000;

/**
 * Posts events one after the other while `webhookUrl` is set. Only 200 acknowledges an event. After any other answer it
 * waits a minute and sends the same event again, while all others wait.
 */
export function startWebhookSender(instance: Instance) {
  const { outbox, clock } = instance;
  let busy = false;
  let stopped = false;
  let inFlight: AbortController | undefined;
  const report: WebhookReport = {
    delivered: 0,
    refused: 0,
    get waiting() {
      return outbox.size;
    },
    get expired() {
      return outbox.expired;
    },
    statuses: [],
  };

  async function post(text: string): Promise<number> {
    const { webhookUrl, webhookUrlToken } = instance.settings;
    const controller = new AbortController();
    inFlight = controller;
    const cancelTimeout = clock.after(ANSWER_TIMEOUT_MS, () => controller.abort());
    try {
      const response = await fetch(webhookUrl, {
        method: 'POST',
        // A kept connection may have been closed by the receiver, which would fail the request.
        headers: {
          'content-type': 'application/json; charset=utf-8',
          connection: 'close',
          ...(webhookUrlToken === '' ? {} : { authorization: instance.authorization(webhookUrlToken) }),
        },
        body: text,
        redirect: 'manual',
        signal: controller.signal,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    } finally {
      cancelTimeout();
    }
  }

  async function deliver(text: string): Promise<boolean> {
    const status = await post(text);
    report.statuses = [...report.statuses.slice(-49), status];
    if (status === 200) return true;
    report.refused += 1;
    return false;
  }

  async function run(): Promise<void> {
    for (let event = outbox.first(); event && instance.settings.webhookUrl !== ''; event = outbox.first()) {
      const { text, receiptId, redelivered } = event;
      const acknowledged = await deliver(text);
      if (stopped) return;
      if (!acknowledged) {
        await new Promise<void>((resume) => clock.after(RETRY_AFTER_MS, resume));
        continue;
      }
      report.delivered += 1;
      outbox.remove(receiptId);
      for (let time = 0; time < instance.duplicates; time += 1) await deliver(text);
      const { redeliverAfterMs } = instance;
      if (redeliverAfterMs !== undefined && !redelivered) clock.after(redeliverAfterMs, () => outbox.put(text, true));
    }
    busy = false;
  }

  /** Starts sending if events are waiting. */
  function wake(): void {
    if (busy || stopped) return;
    busy = true;
    void run();
  }
  outbox.watch(wake);

  return {
    report,
    wake,
    stop(): void {
      stopped = true;
      inFlight?.abort();
    },
  };
}
