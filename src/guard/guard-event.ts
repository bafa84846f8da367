import type { Rule } from './rules.js';

/** `refused`: the client was told so. `blocked`: the client was answered as if the message was sent. */
export type GuardAction = 'refused' | 'blocked' | 'captcha';

/** The guard said no. */
export interface GuardEvent {
  rule: Rule;
  action: GuardAction;
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
