import type { AttemptFragment } from '../generated.js';

export type LoginAttempt = AttemptFragment;

/** What a client needs to read and use an attempt. The secret belongs in no URL. */
export interface AttemptKey {
  attemptId: string;
  secret: string;
}

/** Whether the status will not change any more: only `claimLogin` or a new attempt leads on. */
export const isFinal = ({ status }: LoginAttempt) => status !== 'PENDING' && status !== 'CONFIRMING';
