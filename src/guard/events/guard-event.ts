import type { Rule } from '../rules.js';

/** `refused`: the client got an error. `blocked`: the client was answered as if the message was sent. */
export type GuardAction = 'refused' | 'blocked' | 'captcha';

/** The guard said no. */
export interface GuardEvent {
  rule: Rule;
  action: GuardAction;
  /** The budget that is spent, if the rule blocks: the log names it. */
  subject?: string | undefined;
  /** E.164. */
  phone?: string | undefined;
  /** Of the client; undefined when no client caused it. */
  ip?: string | undefined;
  country?: string | undefined;
  channel?: string | undefined;
  attemptId?: string | undefined;
  /** When the rule may stop to apply. */
  until?: Date | undefined;
}
