import { createHmac } from 'node:crypto';
import type { Keyring, Keys } from '../../config/keys.js';

/** The hash by which the guard events of a phone (E.164) are found. Without the key, no phone can be read from it. */
export const hashPhone = (phone: string, { phoneHash }: Pick<Keys, 'phoneHash'>): Buffer =>
  createHmac('sha256', phoneHash).update(phone).digest();

/** The hashes of a phone with every secret of the gateway, because older events were written with the previous one. */
export const phoneHashes = (phone: string, { all }: Pick<Keyring, 'all'>): Buffer<ArrayBuffer>[] =>
  all.map((keys) => Buffer.from(hashPhone(phone, keys)));
