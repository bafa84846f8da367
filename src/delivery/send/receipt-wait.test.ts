import { describe, expect, test } from 'vitest';
import type { RecentOutcome } from '../decoy/recent-outcomes.js';
import { receiptWaitSeconds } from './receipt-wait.js';

const delivered = (seconds: number): RecentOutcome => ({
  outcome: 'delivered',
  failure: null,
  afterMs: seconds * 1000,
});
const silent: RecentOutcome = { outcome: 'none', failure: null, afterMs: 0 };
const failed: RecentOutcome = { outcome: 'failed', failure: 'not_on_channel', afterMs: 1_000 };
const times = (count: number, outcome: RecentOutcome) => Array.from({ length: count }, () => outcome);

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

  test('has no end where most messages get no receipt', () => {
    expect(receiptWaitSeconds([...times(6, silent), ...times(5, delivered(2))])).toBe(0);
    expect(receiptWaitSeconds([...times(5, silent), ...times(6, delivered(2))])).toBe(3);
  });
});
