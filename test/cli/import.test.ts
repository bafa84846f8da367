import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ImportOrder, importUsers } from '../../src/users/import.js';
import { openRows } from '../../src/users/import/rows.js';
import { type Connection, createStaging, stage, write } from '../../src/users/import/staging.js';
import { requestOtp, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { insertUser, insertUsers } from '../support/rows.js';
import { type Ended, phonegate, run } from './run.js';
import { NOBODYS_PORT } from './world.js';

/** `phonegate users import`, from the file to the sign-in. */
vi.setConfig({ testTimeout: 60_000 });

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

const importing = (...args: string[]): Promise<Ended> =>
  phonegate(['users', 'import', ...args], { folder, env: { DATABASE_URL: database.url } });

const said = (code: number, ...lines: string[]): Ended => ({
  code,
  stdout: lines.map((line) => `${line}\n`).join(''),
  stderr: '',
});

function writeInFolder(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

/** Everybody, with what changes whenever a row is written. */
const everybody = () =>
  database.query<{ phone: string; name: string; role: string; locale: string; version: string }>(
    'SELECT phone, name, role, locale, xmin::text AS version FROM users ORDER BY phone',
  );

async function signIn(phone: string) {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone });
  await expect.poll(() => gateway.codeOf(attempt.attemptId)).toBeTruthy();
  return verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
}

describe('a file as people have them', () => {
  const PEOPLE = Buffer.concat([
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
    'Line 10: it has the same phone as line 2',
    'Line 11: there is no role "BOSS", but USER, MANAGER, ADMIN; there is no locale "de", but en, ru, kk, ky, fa',
    'Line 12: there is no phone',
    'Line 13: the phone is none that receives messages',
    'Line 14: the phone is not a number of any country',
    'Line 15: the name is longer than 100 characters',
    'Line 16: it has 2 columns instead of 4',
    'Line 17: a quote is opened and not closed',
    'Line 18: it is not UTF-8',
  ];

  beforeAll(async () => {
    writeInFolder('people.csv', PEOPLE);
    await insertUsers(database, [
      { id: '01a00000-0000-7000-8000-000000000006', phone: '+77010000006', name: 'Keeps her name', locale: 'kk' },
      { id: '01a00000-0000-7000-8000-000000000007', phone: '+77010000007', name: 'As he was' },
    ]);
  });

  test('is reported line by line, and writes nothing and waits for nobody unless it is told to', async () => {
    const before = await everybody();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE users, audit_log IN EXCLUSIVE MODE'); // others can read, and no more
    const ended = await importing('people.csv');
    await client.end();
    expect(ended).toEqual(
      said(
        1,
        ...BAD,
        '6 new, 1 changed, 1 unchanged, 9 bad.',
        'Nothing was written: this was only a look. Add --commit to write.',
      ),
    );
    expect(await everybody()).toEqual(before);
  });

  test('with --commit brings the good lines in, and each person signs in with the role of the file', async () => {
    expect(await importing('people.csv', '--commit')).toEqual(said(1, ...BAD, '6 new, 1 changed, 1 unchanged, 9 bad.'));
    expect((await everybody()).map(({ phone, name, role, locale }) => [phone, name, role, locale])).toEqual([
      ['+77010000002', 'Бек; Али', 'MANAGER', 'ru'],
      ['+77010000003', null, 'ADMIN', null],
      ['+77010000006', 'Keeps her name', 'ADMIN', 'kk'],
      ['+77010000007', 'As he was', 'USER', null],
      ['+77010000015', 'last', 'USER', null],
      ['+989120000004', 'نام "او"', 'USER', 'fa'],
      ['+996700000003', null, 'USER', 'ky'],
      ['+996700000005', null, 'MANAGER', null],
    ]);
    for (const { phone, role } of await everybody()) expect((await signIn(phone)).user).toMatchObject({ phone, role });
  });

  test('leaves its sums in the audit log, and each role that somebody had before', async () => {
    const audit = await database.query(
      `SELECT event, actor, user_id, phone, details FROM audit_log WHERE event IN ('users.imported', 'user.role_set') ORDER BY event`,
    );
    expect(audit).toEqual([
      {
        event: 'user.role_set',
        actor: 'operator',
        user_id: '01a00000-0000-7000-8000-000000000006',
        phone: null,
        details: { from: 'USER', to: 'ADMIN' },
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

  test('names each whom it gave more than the first role to begin with', async () => {
    const added = await database.query(
      `SELECT u.phone, a.actor, a.details FROM audit_log a JOIN users u ON u.id = a.user_id WHERE a.event = 'user.added' ORDER BY u.phone`,
    );
    expect(added).toEqual([
      { phone: '+77010000002', actor: 'operator', details: { role: 'MANAGER' } },
      { phone: '+77010000003', actor: 'operator', details: { role: 'ADMIN' } },
      { phone: '+996700000005', actor: 'operator', details: { role: 'MANAGER' } },
    ]);
  });

  test('changes nothing when it comes again, here from standard input', async () => {
    const before = await everybody();
    const program = `"${process.execPath}" "${join(PROJECT, 'dist/cli/main.js')}" users import - --commit < people.csv`;
    const ended = await run('/bin/sh', ['-c', program], { folder, env: { DATABASE_URL: database.url } });
    expect(ended).toEqual(said(1, ...BAD, '0 new, 0 changed, 8 unchanged, 9 bad.'));
    expect(await everybody()).toEqual(before);
  });
});

test('phones without a country code are those of --country first; a file without a bad line ends with 0', async () => {
  const file = writeInFolder('uzbek.csv', '901234567,Aziz\n0700000003,\n');
  const look = 'Nothing was written: this was only a look. Add --commit to write.';
  expect(await importing(file)).toEqual(
    said(1, 'Line 1: the phone is not a number of any country', '0 new, 0 changed, 1 unchanged, 1 bad.', look),
  );
  expect(await importing(file, '--country', 'uz')).toEqual(said(0, '1 new, 0 changed, 1 unchanged, 0 bad.', look));
});

test('a mistake about the whole file is told at once, before the database is asked', async () => {
  const env = { DATABASE_URL: `postgresql://someone@127.0.0.1:${NOBODYS_PORT}/phonegate` };
  writeInFolder('columns.csv', 'phone,name,age,e-mail\n12345,x,1,y\n');
  const complaints: [string[], RegExp][] = [
    [
      ['columns.csv'],
      /^The first line names what is no column of ours: "age", "e-mail"\. There are phone, name, role, locale\.\n$/,
    ],
    [['missing.csv'], /^There is no file missing\.csv\.\n$/],
    [['columns.csv', '--country', 'Uzbekistan'], /^"Uzbekistan" is not a country code: .*\n$/],
  ];
  await Promise.all(
    complaints.map(async ([args, complaint]) =>
      expect(await phonegate(['users', 'import', ...args], { folder, env })).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(complaint),
      }),
    ),
  );
});

describe('in this process', () => {
  let client: pg.Client;
  let connection: Connection;
  let own: TestDatabase;

  beforeAll(async () => {
    own = await createDatabase();
    client = new pg.Client({ connectionString: own.url });
    await client.connect();
    connection = { query: async (statement, values) => (await client.query({ ...statement, values })).rows as never };
  });

  afterAll(async () => {
    await client.end();
    await own.drop();
  });

  test('an import that is stopped keeps what was written, says so in the audit log, and can be run again', async () => {
    const stop = new AbortController();
    async function again(signal: AbortSignal) {
      await client.query('DROP TABLE IF EXISTS import_lines');
      const { columns, rows } = await openRows(linesOf(5_000));
      const order: ImportOrder = {
        rows,
        reading: { columns, countries: ['KZ'], roles: ['USER', 'MANAGER'] },
        commit: true,
        actor: 'operator',
        signal,
        onBad: async (lines) => expect(lines).toEqual([]),
        onLines: (done) => done >= 2_000 && stop.abort(),
      };
      return importUsers(order, connection);
    }
    const first = await again(stop.signal);
    expect(first.finished).toBe(false);
    expect(first.sums.new).toBeGreaterThan(0);
    expect(first.sums.new).toBeLessThan(5_000);
    expect(await own.query(`SELECT count(*)::int FROM users`)).toEqual([{ count: first.sums.new }]);
    expect(await own.query(`SELECT details FROM audit_log WHERE event = 'users.imported'`)).toEqual([
      { details: { new: 2000, changed: 0, unchanged: 0, lines: [1, 2000] } },
    ]);
    expect(await again(new AbortController().signal)).toEqual({
      sums: { new: 5_000 - first.sums.new, changed: 0, unchanged: first.sums.new, bad: 0 },
      finished: true,
    });
  });

  test('whoever signs up in the same moment gets the role of the file all the same', async () => {
    const phone = '+77770000001';
    await client.query('DROP TABLE IF EXISTS import_lines');
    await createStaging(connection, { writable: true });
    await stage([{ line: 2, phone, name: null, role: 'MANAGER', locale: null }], connection);
    const person = new pg.Client({ connectionString: own.url });
    await person.connect();
    await person.query('BEGIN');
    await insertUser(person, { phone, role: 'USER' });
    const writing = write({ after: 0, upTo: 10 }, { actor: 'operator', firstRole: 'USER' }, connection);
    const waiting = `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`;
    await expect.poll(() => own.query(waiting), { timeout: 10_000 }).toEqual([{ count: 1 }]);
    await person.query('COMMIT');
    await person.end();
    expect(await writing).toEqual({ new: 0, changed: 1, unchanged: 0 });
    expect(await own.query('SELECT role FROM users WHERE phone = $1', [phone])).toEqual([{ role: 'MANAGER' }]);
  });
});

describe('a long file', () => {
  /** Peak of memory, in MB, of a run that must go well; the heap is kept small, so that garbage does not blur it. */
  async function peakOf(lines: number, width: number): Promise<number> {
    const file = join(folder, `${lines}.csv`);
    await pipeline(Readable.from(linesOf(lines, width)), createWriteStream(file));
    const note = join(folder, 'note-peak.cjs');
    writeFileSync(
      note,
      `process.on('exit', () => require('node:fs').writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));`,
    );
    const peak = join(folder, 'peak');
    const ended = await phonegate(['users', 'import', file], {
      env: {
        DATABASE_URL: database.url,
        NODE_OPTIONS: `--require ${note} --max-semi-space-size=1 --max-old-space-size=40`,
        PEAK: peak,
      },
    });
    expect(ended).toEqual(
      said(
        0,
        `${lines} new, 0 changed, 0 unchanged, 0 bad.`,
        'Nothing was written: this was only a look. Add --commit to write.',
      ),
    );
    return Number(readFileSync(peak, 'utf8')) / 1024;
  }

  // 30 MB of text, and a heap of 40 of which half is used anyway: whoever held the lines would be found out.
  test('takes no more memory than a short one', async () => {
    const short = await peakOf(3_000, 1_000);
    const long = await peakOf(30_000, 1_000);
    expect(long - short).toBeLessThan(20);
  });
});

/** A file of so many people, each line padded with spaces to a width. */
async function* linesOf(count: number, width = 0): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 100) {
    const lines = Array.from({ length: Math.min(100, count - at) }, (_, index) => {
      const phone = `+7702${String(at + index).padStart(7, '0')}`;
      return `${phone},${`Person ${at + index}`.padEnd(width)}\n`;
    });
    yield Buffer.from(lines.join(''));
  }
}
