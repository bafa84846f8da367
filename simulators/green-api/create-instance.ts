import { type Clock, createClock } from '../clock.js';
import type { Instance, Controls, PhoneMessage, State } from './instance.js';
import { createOutbox } from './outbox.js';
import { type QuotaTable, createUsage } from './usage.js';
import { FRESH_SETTINGS, type Settings } from './settings.js';
import { writeHistory } from './state.js';
import { startWebhookSender } from './webhook-sender.js';

export interface InstanceOptions extends Partial<Controls> {
  idInstance?: string;
  /** How much faster than real time the provider's clock runs. Default 1. */
  speed?: number;
  /** Default: one that runs at `speed`. */
  clock?: Clock;
  state?: State;
  /** Changes to the settings of a new instance. */
  settings?: Partial<Settings>;
  quotas?: QuotaTable;
  /** Called for each message that leaves the queue. Must not throw. */
  onMessage?: (message: PhoneMessage) => void;
}

/** Creates an instance with its clock and its sender of webhooks. */
export function createInstance({
  idInstance = '1101000001',
  speed = 1,
  clock = createClock(speed),
  state = 'authorized',
  settings = {},
  quotas = {},
  onMessage,
  ...knobs
}: InstanceOptions) {
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
    phonesByLid: new Map(),
    statusesByPhone: new Map(),
    defaultStatuses: ['sent', 'delivered'],
    statusDelayMs: 200,
    settingsDelayMs: 0,
    forgottenSettings: new Set(),
    lidMode: undefined,
    sweFirst: false,
    duplicates: 0,
    redeliverAfterMs: undefined,
    authorization: (webhookUrlToken) => webhookUrlToken,
    ...knobs,
  };
  const sender = startWebhookSender(instance);
  writeHistory(instance);
  return { instance, sender };
}
