import { toAsciiDigits } from './ascii-digits.js';

/** What stands before the last one or two digits, with its own last group. */
const LAST_GROUP = /^(?<head>(?:.*?(?<before>[^\d+]+))?(?<group>\d+))(?<between>[^\d]+)(?<last>\d{1,2})[^\d]*$/su;

/**
 * A text whose last one or two digits may not belong to the phone before them: `776380688 (1)`, `776380688-0`. Read with them,
 * the phone of Kyrgyzstan would be +77763806881 of Kazakhstan. Phones that are written in pairs, such as `7 776 380 68 80`,
 * have the same separator before the last two groups.
 *
 * @returns the text without these digits; undefined where they belong to it
 */
export function beforeStrayDigits(input: string): string | undefined {
  const { head, before, group, between, last } = LAST_GROUP.exec(toAsciiDigits(input).trim())?.groups ?? {};
  const isPair = group?.length === 2 && last?.length === 2 && kindOf(before) === kindOf(between);
  return isPair ? undefined : head;
}

const kindOf = (separator: string | undefined) => separator?.trim() || separator?.[0];
