import { expect, test } from 'vitest';
import { publicPathOf } from './public-path.js';

test.each([
  ['https://login.example.com', ''],
  ['https://login.example.com/', ''],
  ['https://example.com/auth', '/auth'],
  ['https://example.com/auth/', '/auth'],
  ['https://example.com/a/b', '/a/b'],
])('the path of %s is "%s"', (publicUrl, path) => {
  expect(publicPathOf(publicUrl)).toBe(path);
});
