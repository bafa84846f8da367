import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Result, call, refreshSession } from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { logged } from '../support/logged.js';
import { ageSession, ageSessionRotations, updateSession } from '../support/rows.js';
import { auditOf, graceHasPassed, signIn, soon, verifyStatus } from '../support/sign-in.js';

let database: TestDatabase;
let one: TestGateway;
let other: TestGateway;
let brief: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, REDIS_URL: inject('redisUrl'), APPLICATIONS: 'shop=http://localhost:5173' };
  [one, other, brief] = await Promise.all([
    startGateway(env),
    startGateway(env),
    startGateway({ ...env, SESSION_IDLE_DAYS: '2', SESSION_ABSOLUTE_DAYS: '3' }),
  ]);
  await Promise.all([one, other].map((gateway) => logged(gateway, 'redis.connected')));
});
afterAll(async () => {
  await Promise.all([one, other, brief].map((gateway) => gateway.stop()));
  await database.drop();
});

const refresh = (at: TestGateway, { refreshToken }: { refreshToken: string }) =>
  refreshSession(at.graphqlUrl, refreshToken);
const thefts = (sessionId: string) =>
  [one, other, brief].flatMap(({ log }) =>
    log.filter((line) => line.event === 'session.theft' && line['sessionId'] === sessionId),
  );

describe('concurrent refreshes from two tabs at two gateways', () => {
  test('rotate the token once per generation, and the session stays open', async () => {
    let session = await signIn(one);
    const { id } = session;
    const seen = new Set([session.refreshToken]);
    for (let generation = 0; generation < 8; generation += 1) {
      const tabs = Array.from({ length: 20 }, (_, index) => refresh(index % 2 === 0 ? one : other, session));
      const children = await Promise.all(tabs);
      expect(new Set(children.map(({ __typename, id }) => `${__typename} ${id}`))).toEqual(new Set([`Session ${id}`]));
      const tokens = new Set(children.map(({ refreshToken }) => refreshToken));
      expect(tokens.size).toBe(1);
      session = children[0] as Result;
      seen.add(session.refreshToken);
    }
    expect(seen.size).toBe(9);
    expect(thefts(id)).toEqual([]);
    expect(await database.query('SELECT refresh_counter, revoked_at FROM sessions WHERE id = $1', [id])).toEqual([
      { refresh_counter: 8, revoked_at: null },
    ]);
    for (const at of [one, other]) expect(await verifyStatus(at, session.accessToken)).toBe(200);
  });

  test('give a tab that comes 15 s later the token that the other tab has', async () => {
    const session = await signIn(one);
    const child = await refresh(one, session);
    await ageSessionRotations(database, session.id, '15 seconds');
    expect(await refresh(other, session)).toMatchObject({ refreshToken: child.refreshToken });
    expect((await refresh(one, child)).__typename).toBe('Session');
  });

  test('do not prolong the session when a token is repeated', async () => {
    const session = await signIn(one);
    const child = await refresh(one, session);
    await updateSession(database, session.id, { idleExpiresAt: '1 hour' });
    const again = (await refresh(other, session)) as Result & { refreshTokenExpiresAt: string };
    expect(again.refreshToken).toBe(child.refreshToken);
    expect(Date.parse(again.refreshTokenExpiresAt)).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });
});

describe('a refresh whose answer was lost', () => {
  /** Refreshes, but the client never receives the answer, and comes back after the grace. */
  async function loseAnswer(session: Result): Promise<void> {
    expect((await refresh(one, session)).__typename).toBe('Session');
    await graceHasPassed(database, session.id);
  }

  test('can be repeated after 25 s: none of forty sessions ends', async () => {
    const sessions = await Promise.all(Array.from({ length: 40 }, () => signIn(one)));
    await Promise.all(sessions.map(loseAnswer));
    const again = await Promise.all(sessions.map((session) => refresh(other, session)));
    expect(new Set(again.map(({ __typename }) => __typename))).toEqual(new Set(['Session']));
    const next = await Promise.all(again.map((session) => refresh(one, session)));
    expect(new Set(next.map(({ __typename }) => __typename))).toEqual(new Set(['Session']));
    expect(sessions.flatMap(({ id }) => thefts(id))).toEqual([]);
  });

  test('can be lost again and again, in the same and in the next generations', async () => {
    let session = await signIn(one);
    const { id } = session;
    for (let generation = 0; generation < 3; generation += 1) {
      for (let time = 0; time < 3; time += 1) await loseAnswer(session);
      session = await refresh(other, session);
      expect(session.__typename).toBe('Session');
      await graceHasPassed(database, id);
    }
    expect(await verifyStatus(one, session.accessToken)).toBe(200);
    expect(thefts(id)).toEqual([]);
  });

  test('returns one token to fifty concurrent repeats', async () => {
    const session = await signIn(one);
    await loseAnswer(session);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(index % 2 === 0 ? one : other, session)),
    );
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['Session']));
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await database.query('SELECT refresh_counter FROM sessions WHERE id = $1', [session.id])).toEqual([
      { refresh_counter: 2 },
    ]);
    expect((await refresh(one, answers[0] as Result)).__typename).toBe('Session');
  });

  test('keeps the token of a second tab valid for 20 s, which received the first answer', async () => {
    const session = await signIn(one);
    const ofFirstTab = await refresh(one, session);
    await graceHasPassed(database, session.id);
    const late = await refresh(other, session);
    expect((await refresh(one, ofFirstTab)).refreshToken).toBe(late.refreshToken);
    expect(thefts(session.id)).toEqual([]);
  });

  test('is accepted for 24 hours after the use, even if it is repeated in between', async () => {
    const [inTime, late] = [await signIn(one), await signIn(one)];
    for (const session of [inTime, late]) await loseAnswer(session);
    await refresh(one, late);
    await graceHasPassed(database, late.id);
    await updateSession(database, inTime.id, { rotatedAt: '-23 hours' });
    await updateSession(database, late.id, { rotatedAt: '-25 hours' });
    expect((await refresh(one, inTime)).__typename).toBe('Session');
    expect((await refresh(one, late)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(late.id)).toHaveLength(1);
  });

  test('is not accepted after its child was shown, such as for an authorization code', async () => {
    const session = await signIn(one);
    const child = await refresh(one, session);
    const { data } = await call<{ createAuthorizationCode: { __typename: string } }>(
      one.graphqlUrl,
      'mutation ($input: CreateAuthorizationCodeInput!) { createAuthorizationCode(input: $input) { __typename } }',
      {
        input: {
          clientId: 'shop',
          redirectUri: 'http://localhost:5173',
          codeChallenge: hash('sha256', 'a code verifier', 'base64url'),
          refreshToken: child.refreshToken,
        },
      },
    );
    expect(data.createAuthorizationCode.__typename).toBe('AuthorizationCode');
    await graceHasPassed(database, session.id);
    expect((await refresh(one, session)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(session.id)).toHaveLength(1);
  });

  test('is decided in the same way after an instance of the previous version has rotated the token', async () => {
    const session = await signIn(one);
    await loseAnswer(session);
    const again = await refresh(one, session);
    const next = await refresh(one, again);
    // The previous version does not know the columns: they still say that the parent of token 2 is token 0.
    expect(
      await database.query('SELECT replaced_counter, replaced_parent FROM sessions WHERE id = $1', [session.id]),
    ).toEqual([{ replaced_counter: 2, replaced_parent: 0 }]);
    await graceHasPassed(database, session.id);
    expect((await refresh(one, again)).__typename).toBe('Session');
    await graceHasPassed(database, session.id);
    expect((await refresh(one, next)).__typename).toBe('InvalidRefreshToken');
  });
});

/** A socket that shows an access token. */
async function openSocket(at: TestGateway, { accessToken }: Result) {
  const frames = await openFrames(at.socketUrl, { init: false });
  frames.send({ type: 'connection_init', payload: { authorization: `Bearer ${accessToken}` } });
  await frames.until(({ type }) => type === 'connection_ack');
  return frames;
}

describe('a stolen refresh token', () => {
  /** The session is refused at both gateways with any of its tokens, and the theft is logged and audited once. */
  async function isOver(first: Result, tokens: Result[]): Promise<void> {
    for (const at of [one, other]) {
      for (const token of tokens) expect((await refresh(at, token)).__typename).toBe('InvalidRefreshToken');
      await soon(async () => {
        for (const { accessToken } of [first, ...tokens]) expect(await verifyStatus(at, accessToken)).toBe(401);
      });
    }
    expect(thefts(first.id)).toMatchObject([{ level: 'warn', userId: first.user.id }]);
    await soon(async () => {
      const rows = await auditOf(database, first.user.id);
      expect(rows.filter(({ event }) => event === 'session.theft')).toMatchObject([{ session_id: first.id }]);
    });
  }

  test('that the thief uses first voids the thief’s token, whose use ends the session and closes both sockets', async () => {
    const stolen = await signIn(one);
    const ofThief = await refresh(other, stolen);
    const sockets = await Promise.all([openSocket(one, stolen), openSocket(other, ofThief)]);
    await graceHasPassed(database, stolen.id);
    const ofOwner = await refresh(one, stolen);
    expect(ofOwner.refreshToken).not.toBe(ofThief.refreshToken);
    await graceHasPassed(database, stolen.id);
    expect((await refresh(other, ofThief)).__typename).toBe('InvalidRefreshToken');
    expect((await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([4403, 4403]);
    await isOver(stolen, [ofThief, ofOwner]);
  });

  test('that the thief uses twice ends the session at the owner’s next use', async () => {
    const stolen = await signIn(one);
    const ofThief = await refresh(other, await refresh(other, stolen));
    await graceHasPassed(database, stolen.id);
    expect((await refresh(one, stolen)).__typename).toBe('InvalidRefreshToken');
    await isOver(stolen, [ofThief]);
  });

  test('that the thief uses as if the answer was lost ends the session when the owner uses the child', async () => {
    const stolen = await signIn(one);
    const child = await refresh(one, stolen);
    await graceHasPassed(database, stolen.id);
    const ofThief = await refresh(other, stolen);
    expect(ofThief.__typename).toBe('Session');
    await graceHasPassed(database, stolen.id);
    expect((await refresh(one, child)).__typename).toBe('InvalidRefreshToken');
    await isOver(stolen, [child, ofThief]);
  });

  test('gives a thief and an owner who take turns no second round', async () => {
    const stolen = await signIn(one);
    let [ofOwner, ofThief] = [await refresh(one, stolen), stolen];
    let rounds = 0;
    for (; rounds < 10; rounds += 1) {
      await graceHasPassed(database, stolen.id);
      ofThief = await refresh(other, ofThief);
      await graceHasPassed(database, stolen.id);
      ofOwner = await refresh(one, ofOwner);
      if (ofOwner.__typename !== 'Session' || ofThief.__typename !== 'Session') break;
    }
    expect(rounds).toBe(0);
    expect(thefts(stolen.id)).toHaveLength(1);
  });

  test('that the thief uses second ends the session, and the owner has to sign in again', async () => {
    const stolen = await signIn(one);
    const child = await refresh(one, stolen);
    await graceHasPassed(database, stolen.id);
    const grandchild = await refresh(one, child);
    const socket = await openSocket(other, grandchild);
    expect((await refresh(other, stolen)).__typename).toBe('InvalidRefreshToken');
    expect((await socket.closed).code).toBe(4403);
    await isOver(stolen, [child, grandchild]);
  });

  test('that the thief uses within the grace ends the session when the shared next token is used twice', async () => {
    const stolen = await signIn(one);
    const [ofOwner, ofThief] = [await refresh(one, stolen), await refresh(other, stolen)];
    expect(ofThief.refreshToken).toBe(ofOwner.refreshToken);
    const next = await refresh(other, ofThief);
    await graceHasPassed(database, stolen.id);
    const instead = await refresh(one, ofOwner);
    await graceHasPassed(database, stolen.id);
    expect((await refresh(other, next)).__typename).toBe('InvalidRefreshToken');
    await isOver(stolen, [ofOwner, next, instead]);
  });

  test('that fifty requests use at once is logged as one theft', async () => {
    const stolen = await signIn(one);
    await refresh(one, await refresh(one, stolen));
    await graceHasPassed(database, stolen.id);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(index % 2 === 0 ? one : other, stolen)),
    );
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['InvalidRefreshToken']));
    expect(thefts(stolen.id)).toHaveLength(1);
  });

  test('ends one session: the other sessions of the user go on', async () => {
    const stolen = await signIn(one);
    const phone = stolen.user.phone;
    const elsewhere = await signIn(one, { phone });
    await refresh(one, await refresh(one, stolen));
    await graceHasPassed(database, stolen.id);
    await refresh(one, stolen);
    expect((await refresh(other, elsewhere)).__typename).toBe('Session');
    expect(await verifyStatus(other, elsewhere.accessToken)).toBe(200);
  });

  test('is not logged again after the session has ended', async () => {
    const stolen = await signIn(one);
    const child = await refresh(one, await refresh(one, stolen));
    await graceHasPassed(database, stolen.id);
    await refresh(one, stolen);
    await refresh(other, child);
    await refresh(other, stolen);
    expect(thefts(stolen.id)).toHaveLength(1);
  });
});

describe('the life of a session', () => {
  const DAY_MS = 86_400_000;
  /** In days from now. */
  const ends = async (id: string) => {
    const [row] = await database.query<{ idle: Date; absolute: Date }>(
      'SELECT idle_expires_at AS idle, expires_at AS absolute FROM sessions WHERE id = $1',
      [id],
    );
    const days = (date: Date | undefined) => ((date?.getTime() ?? 0) - Date.now()) / DAY_MS;
    return { idle: days(row?.idle), absolute: days(row?.absolute) };
  };
  /** Moves the session into the past. */
  const daysPass = (id: string, days: number) => ageSession(database, id, `${days} days`);

  test.each<[string, { at: () => TestGateway; idle: number; absolute: number }]>([
    ['14 days idle and 30 in all', { at: () => one, idle: 14, absolute: 30 }],
    ['as SESSION_IDLE_DAYS and SESSION_ABSOLUTE_DAYS say', { at: () => brief, idle: 2, absolute: 3 }],
  ])('is %s', async (_, { at, idle, absolute }) => {
    const session = await signIn(at());
    const { idle: idleFor, absolute: absoluteFor } = await ends(session.id);
    expect(idleFor).toBeCloseTo(idle, 2);
    expect(absoluteFor).toBeCloseTo(absolute, 2);
    // After a little less than the idle time the session is open; after a little more it has ended.
    await daysPass(session.id, idle - 0.01);
    const child = await refresh(at(), session);
    expect(child.__typename).toBe('Session');
    await daysPass(session.id, Math.min(idle, absolute - idle) + 0.02);
    expect((await refresh(at(), child)).__typename).toBe('InvalidRefreshToken');
    expect(thefts(session.id)).toEqual([]);
  });

  test('has an absolute end, regardless of its use, which refreshTokenExpiresAt respects', async () => {
    let session = (await signIn(brief)) as Result & { refreshTokenExpiresAt: string };
    expect(Date.parse(session.refreshTokenExpiresAt) - Date.now()).toBeLessThanOrEqual(2 * DAY_MS);
    for (const left of [2, 1]) {
      await daysPass(session.id, 1);
      session = (await refresh(brief, session)) as typeof session;
      // It ends after two days without use, but never later than the third day after the sign-in.
      expect((Date.parse(session.refreshTokenExpiresAt) - Date.now()) / DAY_MS).toBeCloseTo(Math.min(2, left), 2);
    }
    await daysPass(session.id, 1);
    expect((await refresh(brief, session)).__typename).toBe('InvalidRefreshToken');
  });
});
