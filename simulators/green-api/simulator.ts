import type { Fault } from '../serve.js';
import type { InstanceOptions } from './create-instance.js';
import type { Controls, PhoneMessage, State } from './instance.js';
import type { Method } from './method-table.js';
import type { Limits } from './rate-limits.js';
import type { Incoming } from './receive-message.js';
import type { Settings } from './settings.js';
import type { QuotaTable } from './usage.js';
import type { WebhookReport } from './webhook-sender.js';

export interface GreenApiOptions extends InstanceOptions {
  token?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Requests per second, by the provider's clock. */
  limits?: Limits;
}

/** One call with the right token, whatever its answer. */
export interface GreenApiCall {
  method: Method;
  body: Record<string, unknown>;
  /** HTTP status of the answer. Undefined until there is one. */
  readonly status: number | undefined;
}

export interface GreenApiSimulator extends Controls {
  readonly url: string;
  readonly idInstance: string;
  readonly token: string;
  readonly calls: GreenApiCall[];
  /** Applies to every call from now on. */
  fault: Fault | undefined;
  /** Faults by method. They take precedence over `fault`. */
  readonly faults: Map<Method, Fault>;
  /** Can be changed at any time. Calls that were counted this month stay counted. */
  readonly quotas: QuotaTable;
  /** The messages that have left the queue, in order. */
  readonly messages: readonly PhoneMessage[];
  readonly webhook: Readonly<WebhookReport>;
  readonly state: State;
  /** Sends a webhook if `stateWebhook` is on. When authorized, waiting messages are sent and received. */
  setState(state: State): void;
  /** Frozen. Change them with `configure`. */
  readonly settings: Readonly<Settings>;
  /** Changes settings at once, without the restart that the method setSettings causes. */
  configure(changes: Partial<Settings>): void;
  /** Sends this body as a webhook. A string is sent unchanged. */
  emit(body: unknown): void;
  /** Makes a user write to the instance. @returns the idMessage */
  receiveMessage(incoming: Incoming): string;
  /** Answers the next call, of any method, as in this fixture. Several replays queue up. */
  replay(fixtureName: string): void;
  /** The texts sent to a chat, accepted or not. */
  sentTo(chatId: string): string[];
  /** Number of checkWhatsapp calls for this lid. */
  lookUpsOf(lid: string): number;
  close(): Promise<void>;
}
