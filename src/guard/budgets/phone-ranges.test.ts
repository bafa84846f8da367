import { expect, test } from 'vitest';
import { blockOf, rangeOf, wideBlockOf } from './phone-ranges.js';

test.each([
  ['+77010000002', '+7701'],
  ['+77770000002', '+7777'],
  ['+996700000003', '+99670'],
  ['+989120000004', '+9891'],
  ['+79160000001', '+79160'],
  ['+12025550123', '+12025'],
])('the range of %s is %s', (phone, range) => {
  expect(rangeOf(phone)).toBe(range);
});

test('a block has ten thousand numbers', () => {
  expect(blockOf('+77010000002')).toBe('+7701000');
  expect(blockOf('+77010009999')).toBe('+7701000');
  expect(blockOf('+77010010000')).toBe('+7701001');
});

test('a wide block has a hundred thousand numbers', () => {
  expect(wideBlockOf('+77010099999')).toBe('+770100');
  expect(wideBlockOf('+77010100000')).toBe('+770101');
});
