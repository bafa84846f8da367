import type { Instance } from './instance.js';

/** How it goes with the webhooks. */
export interface WebhookReport {
  /** Events that were answered 200. */
  delivered: number;
  /** Attempts that were answered anything else, or nothing. */
  refused: number;
  /** Events that are still to be delivered, or polled. */
  readonly waiting: number;
  /** Events that nobody took for 24 h. */
  readonly expired: number;
  /** The last fifty answers; 0 stands for none. */
  statuses: number[];
}

const ANSWER_WITHIN_MS = 180_000;
const PAUSE_MS = 60_000;

/**
 * Posts the events one after the other while `webhookUrl` is set. Only 200 acknowledges; after anything else it pauses,
 * and sends the same event again, however many wait behind it.
 */
export function startWebhookSender(instance: Instance, speed: number) {
  const { outbox, clock } = instance;
  let busy = false;
  let stopped = false;
  let underWay: AbortController | undefined;
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
    const cut = new AbortController();
    underWay = cut;
    const timer = setTimeout(() => cut.abort(), ANSWER_WITHIN_MS / speed);
    try {
      const response = await fetch(webhookUrl, {
        method: 'POST',
        // A connection each: one that the receiver has just closed would cost a pause.
        headers: {
          'content-type': 'application/json; charset=utf-8',
          connection: 'close',
          ...(webhookUrlToken === '' ? {} : { authorization: instance.authorization(webhookUrlToken) }),
        },
        body: text,
        redirect: 'manual',
        signal: cut.signal,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    } finally {
      clearTimeout(timer);
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
      const { text, receiptId, again } = event;
      const acknowledged = await deliver(text);
      if (stopped) return;
      if (!acknowledged) {
        await new Promise<void>((resume) => clock.after(PAUSE_MS, resume));
        continue;
      }
      report.delivered += 1;
      outbox.remove(receiptId);
      for (let time = 0; time < instance.duplicates; time += 1) await deliver(text);
      const { redeliverAfterMs } = instance;
      if (redeliverAfterMs !== undefined && !again) clock.after(redeliverAfterMs, () => outbox.put(text, true));
    }
    busy = false;
  }

  /** Goes on, if there is anything to do. */
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
      underWay?.abort();
    },
  };
}
