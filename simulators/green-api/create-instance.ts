import { createClock } from '../clock.js';
import type { Instance, Knobs, PhoneMessage, State } from './instance.js';
import { createOutbox } from './outbox.js';
import { type QuotaTable, createUsage } from './usage.js';
import { FRESH_SETTINGS, type Settings } from './settings.js';
import { writeHistory } from './state.js';
import { startWebhookSender } from './webhook-sender.js';

export interface InstanceOptions extends Partial<Knobs> {
  idInstance?: string;
  /** Of the provider's clock: at 60 its minute is our second. Its calendar runs ahead of ours accordingly. */
  speed?: number;
  state?: State;
  /** On top of those of a new instance. */
  settings?: Partial<Settings>;
  quotas?: QuotaTable;
  /** Is told of every message that leaves the queue. What it throws is not caught. */
  onMessage?: (message: PhoneMessage) => void;
}

/** An instance with its own clock and its own sender of webhooks. */
export function createInstance({
  idInstance = '1101000001',
  speed = 1,
  state = 'authorized',
  settings = {},
  quotas = {},
  onMessage,
  ...knobs
}: InstanceOptions) {
  const clock = createClock(speed);
  const instance: Instance = {
    idInstance,
    clock,
    outbox: createOutbox(clock),
    usage: createUsage(clock, quotas),
    queue: [],
    journal: [],
    messages: [],
    onMessage,
    history: [],
    heldBack: [],
    drain: { scheduled: false, lastAt: 0 },
    restarts: { pending: 0, from: state },
    state,
    settings: Object.freeze({ ...FRESH_SETTINGS, ...settings }),
    linkedWithLid: settings.enableLidMode === 'yes',
    configure(changes) {
      instance.settings = Object.freeze({ ...instance.settings, ...changes });
      sender.wake();
    },

    wid: '77010000001@c.us',
    people: new Map(),
    fates: new Map(),
    defaultFate: ['sent', 'delivered'],
    statusDelayMs: 200,
    settingsDelayMs: 0,
    lidMode: undefined,
    sweFirst: false,
    duplicates: 0,
    redeliverAfterMs: undefined,
    authorization: (webhookUrlToken) => webhookUrlToken,
    ...knobs,
  };
  const sender = startWebhookSender(instance, speed);
  writeHistory(instance);
  return { instance, sender };
}
