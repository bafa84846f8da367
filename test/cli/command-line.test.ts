import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import {
  PROJECT,
  cleanUpProcesses,
  familyOf,
  killAll,
  makeFolder,
  spawnGateway,
  untilGone,
} from '../support/process.js';
import { phonegate, phonegateHere, run } from './run.js';

/** The command itself: where it can be run, and how it answers what it does not know. */
vi.setConfig({ testTimeout: 60_000 });
afterAll(cleanUpProcesses);

const PATH = process.env['PATH'] ?? '';

describe('it can be run', () => {
  test('from a clone, by npx, without asking the internet', async () => {
    const env = { PATH, HOME: makeFolder(), npm_config_offline: 'true' };
    const { code, stdout } = await run('npx', ['phonegate', '--help'], { folder: PROJECT, env });
    expect(stdout).toMatch(/^Usage: phonegate \[options\] \[command\]$/m);
    for (const command of ['doctor', 'providers']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(code).toBe(0);
  });

  test('where there are no sources to build, as in an image', async () => {
    const image = makeFolder();
    mkdirSync(join(image, 'bin'));
    copyFileSync(join(PROJECT, 'bin/phonegate.mjs'), join(image, 'bin/phonegate.mjs'));
    symlinkSync(join(PROJECT, 'dist'), join(image, 'dist'));
    const { code, stdout } = await phonegate(['--help'], { program: join(image, 'bin/phonegate.mjs') });
    expect(stdout).toMatch(/^Usage: phonegate /);
    expect(code).toBe(0);
  });
});

describe('what it does not know', () => {
  test.each([
    [['heal'], /unknown command 'heal'/],
    [['doctor', '--jsn'], /unknown option '--jsn'/],
    [['providers', 'webhook', 'drop'], /unknown command 'drop'/],
    [['providers', 'send-test'], /missing required argument 'phone'/],
    [[], /^/],
    [['providers'], /^/],
  ])('%j: it says so, shows what there is, and does not succeed', async (args, complaint) => {
    const { code, stdout, stderr } = await phonegateHere(args, {});
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(complaint);
    expect(stderr).toMatch(/^Usage: phonegate /m);
  });

  test('so does the process', async () => {
    expect(await phonegate(['heal'])).toEqual(await phonegateHere(['heal'], {}));
  });
});

describe('a mistake in the configuration', () => {
  const env = { PORT: 'http', OTP_LENGTH: '9', KAVENEGAR_TEMPLATE: 'code', GATEWAY_SECRET: 'hunter2-not-to-be-shown' };

  test('is told in the words in which the gateway tells it at start', async () => {
    const gateway = spawnGateway(makeFolder(), { env });
    expect((await gateway.exited).code).toBe(1);
    expect(gateway.stderr()).toMatch(/^The configuration has 4 mistakes:\n/);
    const commands = [['account'], ['webhook', 'show'], ['webhook', 'set'], ['send-test', '+77010000002']];
    const results = await Promise.all(commands.map((command) => phonegateHere(['providers', ...command], env)));
    for (const result of results) expect(result).toEqual({ code: 1, stdout: '', stderr: gateway.stderr() });

    const { code, stdout } = await phonegateHere(['doctor', '--json'], env);
    expect(code).toBe(1);
    const findings = JSON.parse(stdout) as Finding[];
    expect(findings.map(({ about, message }) => `  - ${about}: ${message}`)).toEqual(
      gateway
        .stderr()
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.replace('  - ', '  - configuration: ')),
    );
  });
});

describe('beside a gateway with a PostgreSQL of its own', () => {
  const examine = async (folder: string, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await phonegate(['doctor', '--json'], { folder, ...(env && { env }) });
    expect(stderr).toBe('');
    return { code, findings: JSON.parse(stdout) as Finding[] };
  };
  const about = (findings: Finding[], ...subjects: string[]) =>
    findings.filter((finding) => subjects.includes(finding.about)).map(({ level, message }) => `${level}: ${message}`);

  test('the doctor finds that database and looks into it; a file that is not right does not end it', async () => {
    const folder = makeFolder();
    const notRunning = [expect.stringMatching(/^warning: .*\.data\/ is not running$/)];
    expect(about((await examine(folder)).findings, 'database')).toEqual(notRunning);
    expect(existsSync(join(folder, '.data'))).toBe(false); // to look is not to make

    const gateway = spawnGateway(folder);
    await gateway.ready();
    const { code, findings } = await examine(folder);
    expect(about(findings, 'database', 'clock', 'migrations', 'templates', 'people')).toEqual([
      expect.stringMatching(/^ok: PostgreSQL \d+\.\d+ answers$/),
      'ok: this machine and the database agree',
      'ok: all applied',
      'ok: 5 texts for a code',
      'ok: 0, and all can be found; 0 may use the admin API',
    ]);
    expect(code).toBe(0); // in development it is a warning that no channel is configured

    const family = familyOf(gateway.pid);
    const passwordFile = join(folder, '.data/postgres-password');
    const password = readFileSync(passwordFile, 'utf8');
    writeFileSync(passwordFile, 'another-password');
    const withAnother = await examine(folder).finally(() => writeFileSync(passwordFile, password));
    expect(about(withAnother.findings, 'database')).toEqual([expect.stringMatching(/^problem: .*password/)]);
    expect(about(withAnother.findings, 'redis')).toHaveLength(1); // and it goes on to the rest

    killAll(family); // as when the machine dies: the file that names the port stays behind
    await untilGone(family);
    expect(about((await examine(folder)).findings, 'database')).toEqual(notRunning);
  });
});
