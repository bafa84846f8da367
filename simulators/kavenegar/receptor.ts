import { Refusal } from './results.js';

export interface Receptor {
  e164: string;
  kind: 'mobile' | 'landline' | 'abroad';
}

const MOBILE = /^(?:\+98|0098|0)?(9\d{9})$/;
const LANDLINE = /^(?:\+98|0098|0)([1-8]\d{9})$/;
const ABROAD = /^00(?!98)([1-9]\d{6,14})$/;

/**
 * Reads a phone in Latin digits: the national or international form for Iran, `00` and the country code for others.
 *
 * @throws Refusal 411
 */
export function readReceptor(spelling: string): Receptor {
  const mobile = MOBILE.exec(spelling)?.[1];
  if (mobile !== undefined) return { e164: `+98${mobile}`, kind: 'mobile' };
  const landline = LANDLINE.exec(spelling)?.[1];
  if (landline !== undefined) return { e164: `+98${landline}`, kind: 'landline' };
  const abroad = ABROAD.exec(spelling)?.[1];
  if (abroad !== undefined) return { e164: `+${abroad}`, kind: 'abroad' };
  throw new Refusal(411);
}

/** The form of a phone in answers. Recorded for Iran only. */
export function receptorOf(e164: string): string {
  return e164.startsWith('+98') ? `0${e164.slice(3)}` : `00${e164.slice(1)}`;
}
