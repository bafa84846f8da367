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
  /** IP of the client that requested the code; null when it is not known. */
  clientIp: string | null;
  /** An app on Android has requested the code. It reads a message by its hash, and browsers read one by their host. */
  androidApp: boolean;
  /** The client already knows the attempt and may be watching it. */
  watched: boolean;
  /** The phone has a fixed code, and nothing is sent to it. */
  testPhone?: boolean;
}
