import { DomainError } from '../../domain-error.js';

/** Every channel refused the message or did not answer. */
export class DeliveryFailed extends DomainError {
  /** Whether a channel may have sent the message without confirming it. Then it may have cost something. */
  readonly maybeSent: boolean;

  constructor(maybeSent: boolean) {
    super('DELIVERY_FAILED');
    this.maybeSent = maybeSent;
  }
}
