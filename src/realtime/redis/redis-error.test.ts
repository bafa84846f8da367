import { expect, test } from 'vitest';
import { reasonOf } from './redis-error.js';

// Answers of Redis 6.2, 7.0 and 7.2, and errors of Node and ioredis.
test.each([
  ["NOPERM this user has no permissions to run the 'publish' command or its subcommand", 'NOPERM publish'],
  ["NOPERM User gate has no permissions to run the 'cluster|slots' command", 'NOPERM cluster'],
  ['NOPERM this user has no permissions to access one of the channels used as arguments', 'NOPERM channels'],
  ["NOPERM User gate has no permissions to access the 'phonegate:heartbeat' channel", 'NOPERM channels'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
  ['NOAUTH Authentication required.', 'NOAUTH'],
  ['DENIED Redis is running in protected mode because …', 'DENIED'],
  ['MOVED 1716 127.0.0.1:7001', 'MOVED'],
  ['Command queue state error. Last reply: sunsubscribe,phonegate:heartbeat:{3},0', 'MOVED'],
  ["ERR unknown command 'SSUBSCRIBE', with args beginning with: 'x'", 'UNKNOWN_COMMAND'],
  ['ERR This instance has cluster support disabled', 'NO_CLUSTER'],
  ['ERR Only HELLO messages are accepted by Sentinel instances.', 'IS_SENTINEL'],
  ['failed to connect to sentinel s1:26379 because connect ECONNREFUSED 127.0.0.1:26379', 'ECONNREFUSED'],
  ['connected to sentinel s1:26379 successfully, but got an invalid reply: null', 'UNKNOWN_MASTER'],
  ['failed to connect to sentinel s1:26379 because WRONGPASS invalid username-password pair', 'WRONGPASS'],
  ['Command timed out', 'NO_ANSWER'],
  ['Connection is closed.', 'CLOSED'],
  ['Reached the max retries per request limit (which is 0). Refer to …', 'CLOSED'],
  ['Command aborted due to connection close', 'CLOSED'],
  ['anything else, such as hunter2', 'UNKNOWN'],
])('%s', (message, reason) => {
  expect(reasonOf(new Error(message))).toBe(reason);
});

test('the code of an error of Node', () => {
  expect(reasonOf(Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }))).toBe(
    'ERR_TLS_CERT_ALTNAME_INVALID',
  );
});
