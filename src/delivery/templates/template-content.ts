import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { InvalidInput } from '../../domain-error.js';

export const TEMPLATE_MAX_LENGTH = 1_000;

/** The placeholders of a purpose, with an example of each for the preview. */
export const PLACEHOLDERS: Record<DeliveryPurpose, Record<string, string>> = {
  LOGIN_CODE: { code: '123456', minutes: '5', service: 'Phonegate' },
  PHONE_CHANGED: { phone: '+7701*****02', service: 'Phonegate' },
  NEW_DEVICE: {
    device: 'Chrome, Android',
    location: 'KZ',
    time: '2026-11-28 09:30 UTC',
    service: 'Phonegate',
  },
};
/** Without this placeholder, a message is useless. */
const REQUIRED: Record<DeliveryPurpose, string> = {
  LOGIN_CODE: '{code}',
  PHONE_CHANGED: '{phone}',
  NEW_DEVICE: '{device}',
};

/** @throws InvalidInput "body" (empty, over 1000 UTF-16 units, unknown or missing placeholders) or "providerTemplate" */
export function parseTemplateContent(
  purpose: DeliveryPurpose,
  { body, providerTemplate }: { body: string; providerTemplate?: string | null | undefined },
) {
  const placeholders = [...body.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => String(name));
  if (
    body.trim() === '' ||
    body.length > TEMPLATE_MAX_LENGTH ||
    !body.includes(REQUIRED[purpose]) ||
    /[\p{Cs}\0]/u.test(body) ||
    placeholders.some((name) => !Object.hasOwn(PLACEHOLDERS[purpose], name))
  )
    throw new InvalidInput('body');
  if (providerTemplate && !/^[\w.-]{1,64}$/.test(providerTemplate)) throw new InvalidInput('providerTemplate');
  return { body, ...(providerTemplate === undefined ? {} : { providerTemplate: providerTemplate || null }) };
}
