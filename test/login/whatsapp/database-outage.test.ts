import { describe, expect, test, vi, afterAll, beforeAll } from 'vitest';
import { type Cable, layCable } from '../../support/cable.js';
import { incomingText, somePhone } from '../../support/calls.js';
import { type TestGateway, startGateway } from '../../support/gateway.js';
import {
  chatOf,
  deliver,
  expectSignedIn,
  someLid,
  start,
  statusOf,
  testNothingSecretIsLogged,
  useGateways,
  usersWith,
} from './gateways.js';

const whatsapp = useGateways();

describe('while the database is unreachable', () => {
  let cable: Cable;
  let far: TestGateway;

  beforeAll(async () => {
    cable = await layCable(whatsapp.database.url);
    far = await startGateway({
      DATABASE_URL: cable.url,
      GREEN_API_URL: whatsapp.greenApi.url,
      GREEN_API_TOKEN: whatsapp.greenApi.token,
    });
  });
  afterAll(async () => {
    await far.stop();
    await cable.close();
  });

  test.each(['a phone', 'a hidden sender'])(
    'a login message of %s is answered 503, and signs in once when it is delivered again',
    async (who) => {
      const [lid, phone] = [someLid(), somePhone()];
      whatsapp.greenApi.phonesByLid.set(lid, phone.slice(1));
      const attempt = await start(far);
      const body = incomingText(attempt.loginMessage, who === 'a phone' ? phone : lid);
      await cable.pull();
      expect((await deliver(body, far)).status).toBe(503);
      expect((await deliver(body, far)).status).toBe(503);
      await cable.plugIn();
      expect(await statusOf(attempt)).toBe('PENDING');
      expect((await deliver(body, far)).status).toBe(200);
      await expectSignedIn(attempt, phone, far);
      const repeat = await deliver(body, far);
      expect([repeat.status, repeat.lines[0]?.reason]).toEqual([200, 'duplicate']);
      expect(await usersWith(phone)).toHaveLength(1);
    },
  );

  test('an undecryptable message gets one reply, when it is delivered again', async () => {
    const phone = somePhone();
    const body = incomingText('{{SWE001}}', phone);
    await cable.pull();
    expect((await deliver(body, far)).status).toBe(503);
    await cable.plugIn();
    expect((await deliver(body, far)).status).toBe(200);
    expect((await deliver(body, far)).status).toBe(200);
    await vi.waitFor(() => expect(whatsapp.greenApi.sentTo(chatOf(phone))).toHaveLength(1), { timeout: 15_000 });
  });

  test('an event that needs no database is answered 200', async () => {
    await cable.pull();
    expect((await deliver('{"typeWebhook":"test"}', far)).status).toBe(200);
    expect((await deliver(incomingText('Hello', somePhone()), far)).status).toBe(200);
    await cable.plugIn();
  });

  test('a connection lost between the statement and its answer neither loses nor doubles the login', async () => {
    const phone = somePhone();
    const attempt = await start(far);
    const body = incomingText(attempt.loginMessage, phone);
    // The statement waits until the cable is pulled: PostgreSQL then finishes it for a client that is gone.
    const { release, waiters } = await holdAttempt(attempt.attemptId);
    const first = deliver(body, far);
    await vi.waitFor(async () => expect(await waiters()).toBe(1), { timeout: 15_000 });
    await cable.pull();
    expect((await first).status).toBe(503);
    await release();
    await vi.waitFor(async () => expect(await statusOf(attempt)).toBe('COMPLETED'), { timeout: 15_000 });
    await cable.plugIn();
    const repeat = await deliver(body, far);
    expect([repeat.status, repeat.lines.at(-1)?.reason]).toEqual([200, 'duplicate']);
    await expectSignedIn(attempt, phone, far);
    expect(await usersWith(phone)).toHaveLength(1);
  });

  /** Locks the row of an attempt. `waiters` counts the statements that wait for it. */
  async function holdAttempt(attemptId: string) {
    const { default: pg } = await import('pg');
    const holder = new pg.Client({ connectionString: whatsapp.database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM login_attempts WHERE id = $1 FOR UPDATE', [attemptId]);
    return {
      waiters: async () =>
        (
          await whatsapp.database.query(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
          )
        ).length,
      async release() {
        await holder.query('COMMIT');
        await holder.end();
      },
    };
  }
});

testNothingSecretIsLogged();
