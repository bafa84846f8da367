import { type Attributes, type MeterProvider, metrics } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { createDecisionMetric } from './decision-metric.js';

afterEach(() => metrics.disable());

test('decisions of the guard are counted by rule, and the number of series is bounded', () => {
  const counted: [name: string, value: number, attributes: Attributes][] = [];
  const createCounter = (name: string) => ({
    add: (value: number, attributes: Attributes) => void counted.push([name, value, attributes]),
  });
  metrics.setGlobalMeterProvider({ getMeter: () => ({ createCounter }) } as unknown as MeterProvider);
  const count = createDecisionMetric({ allowedCountries: ['KZ'] });
  const client = { phone: '+77010000002', ip: '203.0.113.7', attemptId: '0199d2f3-8d5c-7c3e-9d0a-000000000001' };
  count({ rule: 'country', action: 'blocked', country: 'KZ', channel: 'kavenegar-sms', ...client });
  count({ rule: 'destination', action: 'refused', country: 'SO', ...client });
  count({ rule: 'sockets', action: 'refused', ip: client.ip });
  const name = 'phonegate.guard.decision.count';
  expect(counted).toEqual([
    [name, 1, { rule: 'country', action: 'blocked', country: 'KZ', channel: 'kavenegar-sms' }],
    [name, 1, { rule: 'destination', action: 'refused', country: 'other' }],
    [name, 1, { rule: 'sockets', action: 'refused' }],
  ]);
});
