import type { Config } from './config.js';

/** Whether users can sign in with a WhatsApp message. In development they write it on the developer's phone. */
export function hasWhatsAppLogin({ production, greenApi }: Config): boolean {
  return !production || greenApi.idInstance !== undefined;
}

/** Whether a channel for codes is configured. In development the console channel always is. */
export function hasCodeLogin({ production, greenApi, kavenegar, melipayamak }: Config): boolean {
  const { bodyId, sender, username } = melipayamak;
  const hasMelipayamak = bodyId !== undefined || (sender !== undefined && username !== undefined);
  return !production || greenApi.token !== undefined || kavenegar.apiKey !== undefined || hasMelipayamak;
}
