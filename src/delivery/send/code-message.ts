import type { CountryCode } from 'libphonenumber-js/max';

/** A code for a phone. */
export interface CodeMessage {
  attemptId: string;
  /** E.164. */
  phone: string;
  country: CountryCode | undefined;
  code: string;
  ttlSeconds: number;
  locale: string;
  /** The client already knows the attempt and may be watching it. */
  watched: boolean;
}
