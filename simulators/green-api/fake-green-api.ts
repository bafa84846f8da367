import type { Fault } from '../serve.js';
import type { InstanceOptions } from './create-instance.js';
import type { Knobs, PhoneMessage, State } from './instance.js';
import type { Method } from './method.js';
import type { Limits } from './rate-limits.js';
import type { Incoming } from './receive-message.js';
import type { Settings } from './settings.js';
import type { QuotaTable } from './usage.js';
import type { WebhookReport } from './webhook-sender.js';

export interface GreenApiOptions extends InstanceOptions {
  token?: string;
  /** 0, the default, takes any that is free. */
  port?: number;
  /** Requests a second, by the provider's clock. */
  limits?: Limits;
}

/** One call with the right token, however it was answered. */
export interface GreenApiCall {
  method: Method;
  body: Record<string, unknown>;
  /** Of the answer; none as long as there was none. */
  readonly status: number | undefined;
}

export interface FakeGreenApi extends Knobs {
  readonly url: string;
  readonly idInstance: string;
  readonly token: string;
  readonly calls: GreenApiCall[];
  /** Holds for every call from now on. */
  fault: Fault | undefined;
  /** Each holds for one method, and comes before `fault`. */
  readonly faults: Map<Method, Fault>;
  /** May be changed at any time; what has been used this month stays used. */
  readonly quotas: QuotaTable;
  /** The messages that have left the queue, in order. */
  readonly messages: readonly PhoneMessage[];
  readonly webhook: Readonly<WebhookReport>;
  readonly state: State;
  /** Says so by webhook, if `stateWebhook` is on. Once authorized, what waited is sent and received. */
  setState(state: State): void;
  /** Frozen: `configure` changes them. */
  readonly settings: Readonly<Settings>;
  /** Changes settings at once and without a restart, unlike the method setSettings. */
  configure(changes: Partial<Settings>): void;
  /** Sends this body as a webhook; a text goes as it is. */
  emit(body: unknown): void;
  /** A person writes to the instance. @returns the idMessage. */
  receiveMessage(incoming: Incoming): string;
  /** The next call, of any method, is answered just as in this fixture. Several wait in line. */
  replay(fixtureName: string): void;
  /** The texts sent to a chat, whether or not the API took them. */
  sentTo(chatId: string): string[];
  /** How often the person behind this lid was looked up. */
  lookUpsOf(lid: string): number;
  close(): Promise<void>;
}
