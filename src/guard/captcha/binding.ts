import { createHmac } from 'node:crypto';
import type { Keyring, Keys } from '../../config/keys.js';

/** Whose request needs a captcha. A solution is valid for the same phone and the same network only. */
export interface CaptchaSubject {
  /** E.164; undefined for a request without a phone. */
  phone?: string | undefined;
  /** As `networkOf` returns it. */
  network: string;
}

type CaptchaKeys = Pick<Keys, 'captcha'>;

/**
 * Signs the challenges of one subject whose work is doubled this often, so that no challenge contains the phone or the network, and
 * an easy one does not count as a hard one. Without doublings, it is the key of earlier versions.
 */
export function challengeKey({ phone, network }: CaptchaSubject, { captcha }: CaptchaKeys, doublings = 0): Buffer {
  return createHmac('sha256', captcha)
    .update(`challenge\n${phone ?? ''}\n${network}${doublings === 0 ? '' : `\n${doublings}`}`)
    .digest();
}

export function hashedPhone(phone: string, { captcha }: CaptchaKeys): Buffer {
  return createHmac('sha256', captcha).update(`phone\n${phone}`).digest();
}

export function hashedNetwork(network: string, { captcha }: CaptchaKeys): Buffer {
  return createHmac('sha256', captcha).update(`network\n${network}`).digest();
}

/** The hashes of a phone with every secret of the gateway, because older solutions were written with the previous one. */
export const hashesOfPhone = (phone: string, { all }: Pick<Keyring, 'all'>): Buffer<ArrayBuffer>[] =>
  all.map((keys) => Buffer.from(hashedPhone(phone, keys)));
