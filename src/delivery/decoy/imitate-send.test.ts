import { expect, test } from 'vitest';
import { createKeyring } from '../../config/keys.js';
import { NOT_SENT_IN_TIME, mayHaveBeenSent } from '../channels/channel.js';
import { createImitation } from './imitate-send.js';

const MESSAGE = {
  deliveryId: '1',
  attemptId: '2',
  phone: '+77010000002',
  code: '123456',
  text: '',
  providerTemplate: undefined,
};

test.each([
  [NOT_SENT_IN_TIME, false],
  ['no answer within 5000 ms', true],
])('a decoy after messages that ended with “%s” ends like them', async (detail, mayBeSent) => {
  const answers = Array.from({ length: 300 }, () => ({
    latencyMs: 20,
    failure: 'timeout' as const,
    detail,
    current: true,
  }));
  const imitation = createImitation({
    channels: new Map(),
    readRecentMessages: async () => ({ answers, outcomes: [] }),
    keyring: createKeyring('fHy3GAsbaZmwDQY5hNgT7Cj8ueWPpdVLFkXz'),
  });
  const result = await imitation.send('green-api', MESSAGE, { withinMs: 20, isLastWay: true });
  expect(result).toMatchObject({ outcome: 'failed', failure: 'timeout' });
  expect(result.outcome === 'failed' && mayHaveBeenSent(result)).toBe(mayBeSent);
});
