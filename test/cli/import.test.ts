import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ImportInput, importUsers } from '../../src/users/import-users.js';
import { apply } from '../../src/users/import/apply.js';
import { openRows } from '../../src/users/import/rows.js';
import { beginStaging, endStaging, stage } from '../../src/users/import/staging.js';
import { refreshSession, requestOtp, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { insertUser, insertUsers, updateUser } from '../support/rows.js';
import { type Ended, phonegate, run, spawnPhonegate } from './run.js';
import { UNUSED_PORT } from './world.js';

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let gateway: TestGateway;
const folder = makeFolder();

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, SIGN_UP: 'closed' });
});

afterAll(async () => {
  await gateway.stop();
  await database.drop();
  await cleanUpProcesses();
});

const importing = (file: string, ...options: string[]): Promise<Ended> =>
  phonegate(['users', 'import', join(folder, file), ...options], { env: { DATABASE_URL: database.url } });

const PREVIEW = 'This was a preview; nothing was written. Add --commit to write.';

const printed = (code: number, ...lines: string[]): Ended => ({
  code,
  stdout: lines.map((line) => `${line}\n`).join(''),
  stderr: '',
});

function writeInFolder(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

/** All users, with a version that changes whenever the row is written. */
const allUsers = () =>
  database.query<{ phone: string; name: string; role: string; locale: string; version: string }>(
    'SELECT phone, name, role, locale, xmin::text AS version FROM users ORDER BY phone',
  );

async function signIn(phone: string) {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  await expect.poll(() => gateway.codeOf(attempt.attemptId)).toBeTruthy();
  return verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
}

describe('a file with good and bad lines', () => {
  const FILE = Buffer.concat([
    Buffer.from(
      [
        '\uFEFFRole;PHONE;Locale;name',
        'MANAGER;7010000002;ru;"Бек; Али"',
        'admin;8 701 000 00 03;;',
        ';0700 000 003;ky;',
        'USER;۰۹۱۲۰۰۰۰۰۰۴;fa;"نام ""او"""',
        'MANAGER;00996700000005;;',
        '',
        'ADMIN;+7 701 000 00 06;;',
        'USER;+77010000007;;',
        ';+77010000002;;once more',
        'BOSS;7010000010;de;',
        'USER;;;nobody',
        'USER;8 7172 00 00 00;;',
        'USER;12345;;',
        `USER;7010000011;;${'x'.repeat(101)}`,
        'USER;7010000012',
        'USER;7010000013;;"open',
        '',
      ].join('\r\n'),
    ),
    Buffer.from('USER;7010000014;;Aлeк\xE5\r\n', 'latin1'),
    Buffer.from('USER;7010000015;;last'),
  ]);
  const BAD = [
    'Line 10: the phone is that of line 2',
    'Line 11: the role "BOSS" is not one of USER, MANAGER, ADMIN; the locale "de" is not one of en, ru, kk, ky, fa',
    'Line 12: there is no phone',
    'Line 13: the phone cannot receive messages',
    'Line 14: the phone is not valid in any country',
    'Line 15: the name is longer than 100 characters',
    'Line 16: the line has 2 columns instead of 4',
    'Line 17: a quote is opened and not closed',
    'Line 18: the line is not UTF-8',
  ];

  beforeAll(async () => {
    writeInFolder('users.csv', FILE);
    await insertUsers(database, [
      { id: '01a00000-0000-7000-8000-000000000006', phone: '+77010000006', name: 'Keeps her name', locale: 'kk' },
      { id: '01a00000-0000-7000-8000-000000000007', phone: '+77010000007', name: 'As he was' },
    ]);
  });

  test('is checked line by line without --commit, and neither writes nor waits for locks', async () => {
    const before = await allUsers();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE users, audit_log IN EXCLUSIVE MODE'); // others can read, and no more
    const ended = await importing('users.csv');
    await client.end();
    expect(ended).toEqual(printed(1, ...BAD, '6 new, 1 changed, 1 unchanged, 9 bad.', PREVIEW));
    expect(await allUsers()).toEqual(before);
  });

  test('is written with --commit, and each user signs in with the role of the file', async () => {
    expect(await importing('users.csv', '--commit')).toEqual(
      printed(1, ...BAD, '6 new, 1 changed, 1 unchanged, 9 bad.'),
    );
    expect((await allUsers()).map(({ phone, name, role, locale }) => [phone, name, role, locale])).toEqual([
      ['+77010000002', 'Бек; Али', 'MANAGER', 'ru'],
      ['+77010000003', null, 'ADMIN', null],
      ['+77010000006', 'Keeps her name', 'ADMIN', 'kk'],
      ['+77010000007', 'As he was', 'USER', null],
      ['+77010000015', 'last', 'USER', null],
      ['+989120000004', 'نام "او"', 'USER', 'fa'],
      ['+996700000003', null, 'USER', 'ky'],
      ['+996700000005', null, 'MANAGER', null],
    ]);
    for (const { phone, role } of await allUsers()) expect((await signIn(phone)).user).toMatchObject({ phone, role });
  });

  test('leaves its counts in the audit log, and each changed role with the previous one', async () => {
    const audit = await database.query(
      `SELECT event, actor, user_id, phone, details FROM audit_log WHERE event IN ('users.imported', 'user.role_set') ORDER BY event`,
    );
    expect(audit).toEqual([
      {
        event: 'user.role_set',
        actor: 'operator',
        user_id: '01a00000-0000-7000-8000-000000000006',
        phone: null,
        details: { from: 'USER', to: 'ADMIN', sessionsEnded: 0 },
      },
      {
        event: 'users.imported',
        actor: 'operator',
        user_id: null,
        phone: null,
        details: { new: 6, changed: 1, unchanged: 1, lines: [1, expect.any(Number)] },
      },
    ]);
  });

  test('leaves an audit entry for each new user with another role than the first', async () => {
    const added = await database.query(
      `SELECT u.phone, a.actor, a.details FROM audit_log a JOIN users u ON u.id = a.user_id WHERE a.event = 'user.added' ORDER BY u.phone`,
    );
    expect(added).toEqual([
      { phone: '+77010000002', actor: 'operator', details: { role: 'MANAGER' } },
      { phone: '+77010000003', actor: 'operator', details: { role: 'ADMIN' } },
      { phone: '+996700000005', actor: 'operator', details: { role: 'MANAGER' } },
    ]);
  });

  test('changes nothing when it is imported again, by a process from standard input', async () => {
    const before = await allUsers();
    const program = `"${process.execPath}" "${join(PROJECT, 'dist/cli/main.js')}" users import - --commit < users.csv`;
    const ended = await run('/bin/sh', ['-c', program], { folder, env: { DATABASE_URL: database.url } });
    expect(ended).toEqual(printed(1, ...BAD, '0 new, 0 changed, 8 unchanged, 9 bad.'));
    expect(await allUsers()).toEqual(before);
  });
});

test('a user to whom a file gives another role is signed out, and their device is forgotten', async () => {
  const [promoted, renamed] = ['+77010000021', '+77010000022'];
  await insertUsers(database, [{ phone: promoted }, { phone: renamed }]);
  const [before, kept] = [await signIn(promoted), await signIn(renamed)];
  writeInFolder('roles.csv', `phone,name,role,locale\n${promoted},,MANAGER,\n${renamed},Other,USER,\n`);
  expect(await importing('roles.csv', '--commit')).toEqual(printed(0, '0 new, 2 changed, 0 unchanged, 0 bad.'));
  expect((await refreshSession(gateway.graphqlUrl, before.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
  expect((await refreshSession(gateway.graphqlUrl, kept.refreshToken)).__typename).toBe('Session');
  await updateUser(database, before.user.id, { roleChangedAt: '-61 minutes' });
  const attempt = await requestOtp(gateway.graphqlUrl, { phone: promoted });
  await expect.poll(() => gateway.codeOf(attempt.attemptId)).toBeTruthy();
  const submission = { ...attempt, code: gateway.codeOf(attempt.attemptId) };
  const { deviceToken } = before;
  expect((await verifyOtp(gateway.graphqlUrl, submission, { deviceToken })).__typename).toBe('ConfirmationRequired');
  expect(
    await database.query(`SELECT details FROM audit_log WHERE event = 'user.role_set' AND user_id = $1`, [
      before.user.id,
    ]),
  ).toEqual([{ details: { from: 'USER', to: 'MANAGER', sessionsEnded: 1 } }]);
});

test('phones without a country code are tried in --country first, and a file without bad lines exits with 0', async () => {
  const file = writeInFolder('uzbek.csv', '901234567,Aziz\n0700000003,\n');
  expect(await importing(file)).toEqual(
    printed(1, 'Line 1: the phone is not valid in any country', '0 new, 0 changed, 1 unchanged, 1 bad.', PREVIEW),
  );
  expect(await importing(file, '--country', 'uz')).toEqual(
    printed(0, '1 new, 0 changed, 1 unchanged, 0 bad.', PREVIEW),
  );
});

// Read with its last zero, 700123456.0 of Kyrgyzstan was +77001234560 of Kazakhstan, the phone of somebody else.
test('phones that a spreadsheet has written as floats are read as they are meant, or refused', async () => {
  const file = writeInFolder('floats.csv', '700123456.0,Azamat\n7.70101E+10,\n770123456/12,\n');
  const ROUNDED =
    'Line 2: the phone "7.70101E+10" was rounded by a spreadsheet: format its column as text there and export it again';
  const TWO_LINES = 'Line 3: the phone is not valid in any country';
  const commit = await importing(file, '--country', 'KG', '--commit');
  expect(commit).toEqual(printed(1, ROUNDED, TWO_LINES, '1 new, 0 changed, 0 unchanged, 2 bad.'));
  const phones = (await allUsers()).filter(({ name }) => name === 'Azamat').map(({ phone }) => phone);
  expect(phones).toEqual(['+996700123456']);
  await database.query(`DELETE FROM users WHERE name = 'Azamat'`);
});

test('a mistake in the whole file is reported before the database is opened', async () => {
  const env = { DATABASE_URL: `postgresql://someone@127.0.0.1:${UNUSED_PORT}/phonegate` };
  writeInFolder('columns.csv', 'phone,name,age,e-mail\n12345,x,1,y\n');
  const mistakes: [string[], RegExp][] = [
    [
      ['columns.csv'],
      /^The first line names unknown columns: "age", "e-mail"\. The columns are phone, name, role, locale\.\n$/,
    ],
    [['missing.csv'], /^There is no file \S+missing\.csv\.\n$/],
    [['columns.csv', '--country', 'Uzbekistan'], /^"Uzbekistan" is not a country code\. .*\n$/],
  ];
  await Promise.all(
    mistakes.map(async ([[file = '', ...options], message]) =>
      expect(await phonegate(['users', 'import', join(folder, file), ...options], { env })).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(message),
      }),
    ),
  );
});

describe('importUsers', () => {
  let client: pg.Client;
  let staging: pg.Client;
  let own: TestDatabase;

  beforeAll(async () => {
    own = await createDatabase();
    client = new pg.Client({ connectionString: own.url });
    staging = new pg.Client({ connectionString: own.url });
    await Promise.all([client.connect(), staging.connect()]);
  });

  afterAll(async () => {
    await Promise.all([client.end(), staging.end()]);
    await own.drop();
  });

  test('keeps the written lines when it is stopped, records them in the audit log, and completes when it is run again', async () => {
    const stop = new AbortController();
    async function importAll(signal: AbortSignal) {
      const { columns, rows } = await openRows(linesOf(5_000));
      const input: ImportInput = {
        rows,
        readOptions: { columns, countries: ['KZ'], roles: ['USER', 'MANAGER'] },
        commit: true,
        actor: 'operator',
        signal,
        onBadLines: async (lines) => expect(lines).toEqual([]),
        onProgress: (done) => done >= 2_000 && stop.abort(),
      };
      return importUsers(input, { staging, connection: client });
    }
    const first = await importAll(stop.signal);
    expect(first.finished).toBe(false);
    expect(first.counts.new).toBeGreaterThan(0);
    expect(first.counts.new).toBeLessThan(5_000);
    expect(await own.query(`SELECT count(*)::int FROM users`)).toEqual([{ count: first.counts.new }]);
    expect(await own.query(`SELECT details FROM audit_log WHERE event = 'users.imported'`)).toEqual([
      { details: { new: 2000, changed: 0, unchanged: 0, lines: [1, 2000] } },
    ]);
    expect(await importAll(new AbortController().signal)).toEqual({
      counts: { new: 5_000 - first.counts.new, changed: 0, unchanged: first.counts.new, bad: 0 },
      finished: true,
    });
  });

  test('gives the role of the file to a user who signs up while the line is written', async () => {
    const phone = '+77770000001';
    await beginStaging({ writable: true }, { staging });
    await stage({ lines: [{ line: 2, phone, name: null, role: 'MANAGER', locale: null }] }, { staging });
    const signUp = new pg.Client({ connectionString: own.url });
    await signUp.connect();
    await signUp.query('BEGIN');
    await insertUser(signUp, { phone, role: 'USER' });
    const span = { after: 0, upTo: 10, actor: 'operator', firstRole: 'USER' };
    const applying = apply(span, { staging, connection: client });
    const waiting = `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`;
    await expect.poll(() => own.query(waiting), { timeout: 10_000 }).toEqual([{ count: 1 }]);
    await signUp.query('COMMIT');
    await signUp.end();
    expect(await applying).toEqual({ new: 0, changed: 1, unchanged: 0 });
    await endStaging({ staging });
    expect(await own.query('SELECT role FROM users WHERE phone = $1', [phone])).toEqual([{ role: 'MANAGER' }]);
  });
});

describe('a long file', () => {
  /** Peak memory in MB of a process that imports a file. A small heap keeps garbage out of the measurement. */
  async function peakOf(lines: number, width: number): Promise<number> {
    const file = join(folder, `${lines}.csv`);
    await pipeline(Readable.from(linesOf(lines, width)), createWriteStream(file));
    const recorder = join(folder, 'record-peak.cjs');
    writeFileSync(
      recorder,
      `process.on('exit', () => require('node:fs').writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));`,
    );
    const peak = join(folder, 'peak');
    const ended = await spawnPhonegate(['users', 'import', file], {
      env: {
        DATABASE_URL: database.url,
        NODE_OPTIONS: `--require ${recorder} --max-semi-space-size=1 --max-old-space-size=40`,
        PEAK: peak,
      },
    });
    expect(ended).toEqual(printed(0, `${lines} new, 0 changed, 0 unchanged, 0 bad.`, PREVIEW));
    return Number(readFileSync(peak, 'utf8')) / 1024;
  }

  // 30 MB of text do not fit into a heap of 40 MB, of which the program itself uses half.
  test('needs no more memory than a short file', async () => {
    const short = await peakOf(1_000, 3_000);
    const long = await peakOf(10_000, 3_000);
    expect(long - short).toBeLessThan(20);
  });
});

/** A file of `count` users, each line padded with spaces to `width`. */
async function* linesOf(count: number, width = 0): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 100) {
    const lines = Array.from({ length: Math.min(100, count - at) }, (_, index) => {
      const phone = `+7702${String(at + index).padStart(7, '0')}`;
      return `${phone},${`User ${at + index}`.padEnd(width)}\n`;
    });
    yield Buffer.from(lines.join(''));
  }
}
