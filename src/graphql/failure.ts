import type { DomainError } from '../domain-error.js';
import type { Locale } from '../locales/locale.js';

/** A domain error on its way to the client, as a member of a result union. */
export class Failure<E extends DomainError = DomainError> {
  readonly error: E;
  readonly locale: Locale;

  constructor(error: E, locale: Locale) {
    this.error = error;
    this.locale = locale;
  }
}
