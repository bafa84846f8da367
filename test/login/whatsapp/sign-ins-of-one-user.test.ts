import pg from 'pg';
import { expect, test } from 'vitest';
import { claimLogin, incomingText, somePhone } from '../../support/calls.js';
import { deliver, start, useGateways } from './gateways.js';

const whatsapp = useGateways();

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: whatsapp.database.url });
  await client.connect();
  return client;
}

/** A transaction that refers to the user by a foreign key, or sends them a notification, holds such a lock. */
const SHARE = `WITH shared AS MATERIALIZED (SELECT FROM users WHERE phone = $1 FOR KEY SHARE) SELECT pg_sleep(0.002) FROM shared`;

/**
 * PostgreSQL reports a deadlock of statements that lock a row with FOR NO KEY UPDATE and then update it, if they have
 * waited for an update of the row and others hold FOR KEY SHARE on it.
 */
test('sign-ins of one user at once wait for each other, also while rows that refer to the user are written', async ({
  onTestFinished,
}) => {
  const phone = somePhone();
  const sharing = new AbortController();
  onTestFinished(async () => {
    sharing.abort();
    await Promise.all([...sharers, writer.end()]);
  });
  const sharers = [1, 2, 3].map(async () => {
    const client = await connect();
    while (!sharing.signal.aborted) await client.query(SHARE, [phone]);
    await client.end();
  });
  const writer = await connect();
  for (let round = 0; round < 5; round += 1) {
    const attempts = await Promise.all(Array.from({ length: 10 }, () => start()));
    for (const { loginMessage } of attempts)
      expect((await deliver(incomingText(loginMessage, phone))).status).toBe(200);
    await writer.query('BEGIN');
    await writer.query('UPDATE users SET updated_at = now() WHERE phone = $1', [phone]);
    const claims = attempts.map((attempt) => claimLogin(whatsapp.gateway().graphqlUrl, attempt));
    await writer.query('SELECT pg_sleep(0.2)');
    await writer.query('COMMIT');
    expect((await Promise.all(claims)).filter(({ __typename }) => __typename !== 'Session')).toEqual([]);
  }
});
