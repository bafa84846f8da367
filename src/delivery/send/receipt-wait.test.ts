import { describe, expect, test } from 'vitest';
import type { SettledOutcome } from '../decoy/recent-outcomes.js';
import { receiptWaitSeconds } from './receipt-wait.js';

const delivered = (seconds: number): SettledOutcome => ({
  outcome: 'delivered',
  failure: null,
  afterMs: seconds * 1000,
  usedWithoutReceipt: false,
});
const silent: SettledOutcome = { outcome: 'none', failure: null, afterMs: 0, usedWithoutReceipt: false };
const used: SettledOutcome = { ...silent, usedWithoutReceipt: true };
const failed: SettledOutcome = {
  outcome: 'failed',
  failure: 'not_on_channel',
  afterMs: 1_000,
  usedWithoutReceipt: false,
};
const times = (count: number, outcome: SettledOutcome) => Array.from({ length: count }, () => outcome);

describe('how long a missing receipt is no failure', () => {
  test('is unknown with few receipts', () => {
    expect(receiptWaitSeconds([])).toBeUndefined();
    expect(receiptWaitSeconds(times(4, delivered(60)))).toBeUndefined();
    expect(receiptWaitSeconds(times(40, failed))).toBeUndefined();
  });

  test('is a quarter more than nineteen of twenty receipts took', () => {
    expect(receiptWaitSeconds(times(20, delivered(60)))).toBe(75);
    expect(receiptWaitSeconds([...times(19, delivered(2)), delivered(500)])).toBe(3);
    expect(receiptWaitSeconds([...times(18, delivered(2)), ...times(2, delivered(100))])).toBe(125);
  });

  test('has no end where most messages that arrived got no receipt', () => {
    expect(receiptWaitSeconds([...times(6, used), ...times(5, delivered(2))])).toBe(0);
    expect(receiptWaitSeconds([...times(5, used), ...times(6, delivered(2))])).toBe(3);
    expect(receiptWaitSeconds(times(4, used))).toBeUndefined();
  });

  test('keeps its end where phones are switched off, or where the channel delivers nothing', () => {
    expect(receiptWaitSeconds([...times(9, silent), ...times(5, delivered(2))])).toBe(3);
    expect(receiptWaitSeconds(times(300, silent))).toBeUndefined();
  });
});
