import { copyFileSync, cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
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
import { phonegate, run, spawnPhonegate } from './run.js';

vi.setConfig({ testTimeout: 60_000 });
afterAll(cleanUpProcesses);

const PATH = process.env['PATH'] ?? '';

describe('phonegate runs', () => {
  test('from a clone by npx, offline', async () => {
    const env = { PATH, HOME: makeFolder(), npm_config_offline: 'true' };
    const { code, stdout } = await run('npx', ['phonegate', '--help'], { folder: PROJECT, env });
    expect(stdout).toMatch(/^Usage: phonegate \[options\] \[command\]$/m);
    for (const command of ['doctor', 'providers']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(code).toBe(0);
  });

  test('from an image that holds no sources', async () => {
    const image = makeFolder();
    cpSync(join(PROJECT, 'bin'), join(image, 'bin'), { recursive: true });
    copyFileSync(join(PROJECT, 'package.json'), join(image, 'package.json'));
    symlinkSync(join(PROJECT, 'dist'), join(image, 'dist'));
    const { code, stdout } = await spawnPhonegate(['--help'], { program: join(image, 'bin/phonegate.mjs') });
    expect(stdout).toMatch(/^Usage: phonegate /);
    expect(code).toBe(0);
  });
});

describe('the version', () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };

  test.each(['--version', '-V'])('is printed by phonegate %s, as in package.json', async (option) => {
    expect(await phonegate([option])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('is printed by the built program too', async () => {
    expect(await spawnPhonegate(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a command line that is wrong', () => {
  test.each([
    [['heal'], /unknown command 'heal'/],
    [['doctor', '--jsn'], /unknown option '--jsn'/],
    [['providers', 'webhook', 'drop'], /unknown command 'drop'/],
    [['providers', 'send-test'], /missing required argument 'phone'/],
    [[], /^/],
    [['providers'], /^/],
  ])('%j exits with 1 and prints the error and the usage to standard error', async (args, message) => {
    const { code, stdout, stderr } = await phonegate(args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^Usage: phonegate /m);
  });

  test('gives the process the same output and exit code', async () => {
    expect(await spawnPhonegate(['heal'])).toEqual(await phonegate(['heal']));
  });
});

describe('mistakes in the configuration', () => {
  const env = { PORT: 'http', OTP_LENGTH: '9', KAVENEGAR_TEMPLATE: 'code', GATEWAY_SECRET: 'hunter2-not-to-be-shown' };

  test('are reported by every command in the words of the gateway at start', async () => {
    const gateway = spawnGateway(makeFolder(), { env });
    expect((await gateway.exited).code).toBe(1);
    expect(gateway.stderr()).toMatch(/^The configuration has 4 mistakes:\n/);
    const commands = [['account'], ['webhook', 'show'], ['webhook', 'set'], ['send-test', '+77010000002']];
    const results = await Promise.all(commands.map((command) => phonegate(['providers', ...command], { env })));
    for (const result of results) expect(result).toEqual({ code: 1, stdout: '', stderr: gateway.stderr() });

    const { code, stdout } = await phonegate(['doctor', '--json'], { env });
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

describe('next to a gateway with its own PostgreSQL', () => {
  const doctor = async (folder: string) => {
    const { code, stdout, stderr } = await spawnPhonegate(['doctor', '--json'], { folder });
    expect(stderr).toBe('');
    return { code, findings: JSON.parse(stdout) as Finding[] };
  };
  const about = (findings: Finding[], ...subjects: string[]) =>
    findings.filter((finding) => subjects.includes(finding.about)).map(({ level, message }) => `${level}: ${message}`);

  test('the doctor checks that database, and goes on to other checks where it cannot be opened', async () => {
    const folder = makeFolder();
    const notRunning = [expect.stringMatching(/^warning: .*\.data\/ is not running$/)];
    expect(about((await doctor(folder)).findings, 'database')).toEqual(notRunning);
    expect(existsSync(join(folder, '.data'))).toBe(false); // the doctor makes no folder

    const gateway = spawnGateway(folder);
    await gateway.ready();
    const { code, findings } = await doctor(folder);
    expect(about(findings, 'database', 'clock', 'migrations', 'templates', 'users')).toEqual([
      expect.stringMatching(/^ok: PostgreSQL \d+\.\d+ answers$/),
      'ok: this machine and the database have the same time',
      'ok: all applied',
      'ok: 5 templates for codes',
      'ok: 0, and sign-ins find all of them; 0 can use the admin API',
    ]);
    expect(code).toBe(0);
    const consoleOnly =
      'ok: console: the log and the developer’s phone show the codes. In production no channel would reach this country';
    expect(about(findings, 'route KZ', 'route KG', 'route IR')).toEqual([consoleOnly, consoleOnly, consoleOnly]);

    const family = familyOf(gateway.pid);
    const passwordFile = join(folder, '.data/postgres-password');
    const password = readFileSync(passwordFile, 'utf8');
    writeFileSync(passwordFile, 'another-password');
    const withAnother = await doctor(folder).finally(() => writeFileSync(passwordFile, password));
    expect(about(withAnother.findings, 'database')).toEqual([expect.stringMatching(/^problem: .*password/)]);
    expect(about(withAnother.findings, 'redis')).toHaveLength(1); // a later check

    killAll(family); // as when the machine crashes: the file that names the port stays behind
    await untilGone(family);
    expect(about((await doctor(folder)).findings, 'database')).toEqual(notRunning);
  });
});
