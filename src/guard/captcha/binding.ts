import { createHmac } from 'node:crypto';
import type { Keys } from '../../config/keys.js';

/** Whose request needs a captcha. A solution is valid for the same phone and the same network only. */
export interface CaptchaSubject {
  /** E.164; undefined for a request without a phone. */
  phone?: string | undefined;
  /** As `networkOf` returns it. */
  network: string;
}

type CaptchaKeys = Pick<Keys, 'captcha'>;

/** Signs the challenges of one subject, so that no challenge contains the phone or the network. */
export function challengeKey({ phone, network }: CaptchaSubject, { captcha }: CaptchaKeys): Buffer {
  return createHmac('sha256', captcha)
    .update(`challenge\n${phone ?? ''}\n${network}`)
    .digest();
}

export function hashedPhone(phone: string, { captcha }: CaptchaKeys): Buffer {
  return createHmac('sha256', captcha).update(`phone\n${phone}`).digest();
}

export function hashedNetwork(network: string, { captcha }: CaptchaKeys): Buffer {
  return createHmac('sha256', captcha).update(`network\n${network}`).digest();
}
