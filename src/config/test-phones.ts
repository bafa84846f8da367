import { z } from 'zod';
import { parsePhone } from '../phone/parse-phone.js';

/** A phone that signs in with a fixed code, and that is sent nothing (R30). See docs/decisions/0047. */
export interface TestPhone {
  code: string;
  /** The last day, in UTC, such as 2027-01-31. */
  lastDay: string;
  /** When that day is over. */
  endsAt: Date;
}

const DAY_MS = 86_400_000;
/** How far ahead the last day may be. A list that is older than that is forgotten. */
const MAX_DAYS_AHEAD = 366;

/**
 * Phones with a fixed code and their last day: `+77010000099=246810@2027-01-31;…`. A day that is over is no mistake, because it
 * would stop a gateway that runs today: its phone is an ordinary one. A message names an entry by its number only, because the
 * entry contains a code.
 */
export const testPhones = z
  .string()
  .default('')
  .transform((value, context) => {
    const phones = new Map<string, TestPhone>();
    for (const [index, entry] of value.split(';').entries()) {
      if (entry.trim() === '') continue;
      const { phone, testPhone, mistakes } = readEntry(entry);
      if (phone !== undefined && phones.has(phone)) mistakes.push('has the phone of an earlier entry');
      for (const mistake of mistakes) context.addIssue(`entry ${index + 1} ${mistake}`);
      if (phone !== undefined && testPhone) phones.set(phone, testPhone);
    }
    return phones;
  });

function readEntry(entry: string): { phone?: string; testPhone?: TestPhone; mistakes: string[] } {
  const [, written, code, lastDay] = /^([^=@]*)=([^=@]*)@([^=@]*)$/.exec(entry.replaceAll(/\s/g, '')) ?? [];
  if (written === undefined || code === undefined || lastDay === undefined)
    return { mistakes: ['must be a phone, a code and a last day: +77010000099=246810@2027-01-31'] };
  const mistakes: string[] = [];
  const phone = written.startsWith('+') ? parsePhone(written, []) : 'invalid';
  if (typeof phone === 'string') mistakes.push('has no valid mobile number in E.164, such as +77010000099');
  if (!/^\d{6,8}$/.test(code)) mistakes.push('has a code that is not 6 to 8 digits');
  else if (isTrivial(code)) mistakes.push('has a code that anyone tries first: choose digits at random');
  const endsAt = endOf(lastDay);
  if (!endsAt) mistakes.push('has no last day, such as 2027-01-31');
  else if (endsAt.getTime() > Date.now() + MAX_DAYS_AHEAD * DAY_MS)
    mistakes.push('has a last day that is more than a year ahead');
  const e164 = typeof phone === 'string' ? {} : { phone: phone.e164 };
  return { ...e164, ...(endsAt ? { testPhone: { code, lastDay, endsAt } } : {}), mistakes };
}

/** Whether each digit differs from the one before by the same step of -1, 0 or 1: 000000, 123456, 987654. */
function isTrivial(code: string): boolean {
  const digits = code.split('').map(Number);
  const steps = new Set(digits.slice(1).map((digit, index) => digit - (digits[index] ?? 0)));
  const [step = 0, ...others] = steps;
  return others.length === 0 && Math.abs(step) <= 1;
}

/** The end of a day in UTC; undefined for a text that is no day. */
function endOf(day: string): Date | undefined {
  const start = new Date(`${day}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day);
  return isDay ? new Date(start.getTime() + DAY_MS) : undefined;
}

/** Codes that are not as long as OTP_LENGTH says. Values that cannot be parsed are reported elsewhere. */
export function testPhoneProblems(env: Record<string, string | undefined>): string[] {
  const { data: phones } = testPhones.safeParse(env['TEST_PHONES']);
  const length = Number(env['OTP_LENGTH'] ?? 6);
  if (!phones || !(length >= 6 && length <= 8)) return [];
  const other = [...phones.values()].some(({ code }) => code.length !== length);
  return other ? [`TEST_PHONES has a code that is not ${length} digits long, as OTP_LENGTH says`] : [];
}

/** What the gateway logs at start about the phones whose last day is over. The doctor reports a problem. */
export function testPhoneWarnings({ testPhones: phones }: { testPhones: ReadonlyMap<string, TestPhone> }): string[] {
  const ended = [...phones.values()].filter(hasEnded).map(({ lastDay }) => lastDay);
  return ended.length === 0
    ? []
    : [
        `TEST_PHONES has entries whose last day is over (${ended.join(', ')}): these phones get real codes. Remove them`,
      ];
}

export const hasEnded = ({ endsAt }: TestPhone): boolean => endsAt.getTime() <= Date.now();

/** The fixed code of a test phone; undefined for any other phone, and after the last day. */
export function fixedCodeOf(
  phone: string,
  { testPhones: phones }: { testPhones: ReadonlyMap<string, TestPhone> },
): string | undefined {
  const testPhone = phones.get(phone);
  return testPhone && !hasEnded(testPhone) ? testPhone.code : undefined;
}
