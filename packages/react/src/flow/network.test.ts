import { PhonegateError } from '@phonegate/client';
import { afterEach, expect, test, vi } from 'vitest';
import { gatewayIsBack } from './network.js';

afterEach(() => {
  vi.useRealTimers();
});

test('waits for the gateway where there are no events of the browser, as in React Native', async () => {
  vi.useFakeTimers();
  expect(typeof addEventListener).toBe('undefined');
  let queries = 0;
  const client = {
    recognizePhone: async () => {
      queries += 1;
      if (queries < 3) throw new PhonegateError('NETWORK', 'No network');
      return null;
    },
  };
  const back = gatewayIsBack(client, () => true);
  await vi.advanceTimersByTimeAsync(1_000 + 2_000);
  expect(await back).toBe(true);
  expect(queries).toBe(3);
});
