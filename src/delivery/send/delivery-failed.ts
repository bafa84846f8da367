import { DomainError } from '../../domain-error.js';

/** Every channel refused the message, and none may have sent it. */
export class DeliveryFailed extends DomainError {
  constructor() {
    super('DELIVERY_FAILED');
  }
}
