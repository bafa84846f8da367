import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from './redis-message.js';

const SENDER = '7b0c2a1e-4f5d-4a6b-8c7d-9e0f1a2b3c4d';

test('a message carries its sender and the version', () => {
  for (const version of [0, 1, 2_147_483_647])
    expect(decodeMessage(encodeMessage({ from: SENDER, version }))).toEqual({ from: SENDER, change: { version } });
});

test('a message without a version, as earlier versions send it, carries its sender', () => {
  expect(encodeMessage({ from: SENDER, version: undefined })).toBe(SENDER);
  expect(decodeMessage(SENDER)).toEqual({ from: SENDER, change: undefined });
});

test('no message contains a state, whatever was written to Redis', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `${SENDER} 7 ${text}`),
      ),
      (message) => {
        const { change } = decodeMessage(message);
        expect(change === undefined || Number.isSafeInteger(change.version)).toBe(true);
        expect(Object.keys(change ?? {})).toEqual(change ? ['version'] : []);
      },
    ),
  );
});
