import type { GreenApi } from './green-api/client.js';

/**
 * What sign-ins by WhatsApp need of an account: to answer, and to find the phone of a sender who hides it. Green API also shows the text
 * of a message that it sent.
 */
export type WhatsAppAccount = Pick<GreenApi, 'sendMessage' | 'phoneOf'> & Partial<Pick<GreenApi, 'textOf'>>;
