import { expect, test } from 'vitest';
import { createAnswerLookups } from './answer-lookups.js';
import { ANSWER_LOOKUPS_PER_CHAT_PER_HOUR, ANSWER_LOOKUPS_PER_HOUR } from './limits.js';

const HOUR_MS = 60 * 60_000;

/** How many of `count` look-ups are allowed. */
const allowed = (count: number, take: (index: number) => boolean) =>
  Array.from({ length: count }, (_, index) => take(index)).filter(Boolean).length;

test('one chat cannot use up the look-ups of the others', () => {
  const lookups = createAnswerLookups(() => 0);
  expect(allowed(1_000, () => lookups.take('1@lid'))).toBe(ANSWER_LOOKUPS_PER_CHAT_PER_HOUR);
  expect(lookups.take('2@lid')).toBe(true);
});

test('all chats together have a limit, which the next hour lifts', () => {
  let time = 0;
  const lookups = createAnswerLookups(() => time);
  const perHour = () => allowed(1_000, (index) => lookups.take(`${index}@lid`));
  expect(perHour()).toBe(ANSWER_LOOKUPS_PER_HOUR);
  time = HOUR_MS - 1;
  expect(perHour()).toBe(0);
  time = HOUR_MS;
  expect(perHour()).toBe(ANSWER_LOOKUPS_PER_HOUR);
});
