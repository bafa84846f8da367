import { expect, test } from 'vitest';
import { editDistance } from './edit-distance.js';

test.each([
  ['', '', 0],
  ['OTP', 'OTP', 0],
  ['DATABSE', 'DATABASE', 1],
  ['LENGHT', 'LENGTH', 1],
  ['LENGTHS', 'LENGTH', 1],
  ['LANGTH', 'LENGTH', 1],
  ['EVN', 'ENV', 1],
  ['AB', 'BA', 1],
  ['PORT', 'PATH', 3],
  ['URI', 'TOKEN', 3],
  ['', 'TOKEN', 3],
  ['KITTEN', 'SITTING', 3],
])('from %j to %j takes %i steps, counted up to two', (one, other, steps) => {
  expect(editDistance(one, other, 2)).toBe(steps);
  expect(editDistance(other, one, 2)).toBe(steps);
});
