import type { GreenApi } from './green-api/client.js';

/** What sign-ins by WhatsApp need of an account: to answer, and to find the phone of a sender who hides it. */
export type WhatsAppAccount = Pick<GreenApi, 'sendMessage' | 'phoneOf'>;
