import { z } from 'zod';

/**
 * The probability with which one code may be guessed: five tries at six digits (R1). At each of 10,000 phones, that
 * takes over one account with about 5 %. See docs/decisions/0027.
 */
const MAX_PROBABILITY = 5 / 10 ** 6;
const LIMIT = `at most ${oneIn(MAX_PROBABILITY)} is accepted`;
const [SHORTEST, LONGEST] = [6, 8];

/** OTP_LENGTH. With fewer than six digits, even a single try is guessed too often. */
export const codeLength = z
  .string()
  .superRefine((value, context) => {
    const length = /^\d{1,3}$/.test(value) ? Number(value) : Infinity;
    if (length >= SHORTEST && length <= LONGEST) return;
    const form = `must be a whole number from ${SHORTEST} to ${LONGEST}`;
    const isGuessed = length > 0 && length < SHORTEST;
    context.addIssue(
      isGuessed
        ? `${form}: an attacker guesses a code of ${length} digits with a probability of ${oneIn(10 ** -length)} by each try, and ${LIMIT} for a code`
        : form,
    );
  })
  .transform(Number)
  .default(SHORTEST);

/** OTP_MAX_TRIES that are too many for OTP_LENGTH. Values that cannot be parsed are reported elsewhere. */
export function codeStrengthProblems(env: Record<string, string | undefined>): string[] {
  const [length, tries] = [Number(env['OTP_LENGTH'] ?? SHORTEST), Number(env['OTP_MAX_TRIES'] ?? 5)];
  if (!(length >= SHORTEST && tries <= 10 && tries / 10 ** length > MAX_PROBABILITY)) return [];
  const allowed = Math.floor(MAX_PROBABILITY * 10 ** length);
  return [
    `OTP_MAX_TRIES must be at most ${allowed} where OTP_LENGTH is ${length}: with ${tries} tries an attacker guesses a code with a probability of ${oneIn(tries / 10 ** length)}, and ${LIMIT}. Set OTP_MAX_TRIES=${allowed}, or OTP_LENGTH=${length + 1}`,
  ];
}

function oneIn(probability: number): string {
  return `1 in ${Math.round(1 / probability).toLocaleString('en')}`;
}
