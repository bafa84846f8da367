import { DomainError } from '../domain-error.js';

/** A limit was reached. `retryAfterSeconds`: the wait in whole seconds, at least 1. */
export class RateLimited extends DomainError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED');
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}
