import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WRITTEN_URL, documented } from '../sessions/backends/documented.js';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { blocksOf } from './pages.js';

/** The URL of the gateway in the walk-throughs. */
const GATEWAY_URL = 'http://localhost:4000';

describe('the walk-throughs of docs/getting-started.md', () => {
  let folder: string;
  let url: string;
  let gateway: ChildProcess | undefined;
  let verifyAccessToken: (token: string) => Promise<{ userId: string; sessionId: string; role: string }>;

  // As the page starts it: no configuration, and what it prints in phonegate.log.
  beforeAll(async () => {
    folder = join(makeFolder(), 'phonegate');
    mkdirSync(folder);
    const port = await freePort();
    url = GATEWAY_URL.replace('4000', `${port}`);
    const log = openSync(join(folder, 'phonegate.log'), 'a');
    gateway = spawn(process.execPath, [join(PROJECT, 'dist/main.js')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, PORT: `${port}` },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await untilReady();

    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'verify.mjs'), documented('js', { [WRITTEN_URL]: url }));
    ({ verifyAccessToken } = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'verify.mjs')).href));
  });

  afterAll(async () => {
    if (gateway?.exitCode === null && gateway.signalCode === null) {
      const gone = once(gateway, 'exit');
      gateway.kill('SIGTERM');
      await gone;
    }
    await cleanUpProcesses();
  });

  test('the commands of the code login, run by bash unchanged, end in a session', async () => {
    const answers = answersIn(await paste(walkThrough(0)));
    const [requested, verified, me, refreshed] = answers.map(({ data }) => data);
    expect(answers).toHaveLength(4);
    expect(answers.map(shapeOf)).toEqual(answersIn(documentedAnswers(0)).map(shapeOf));
    expect(requested?.['requestOtp']).toMatchObject({ maskedPhone: '+7701*****02', channel: 'CONSOLE' });
    expect(verified?.['verifyOtp']?.user).toMatchObject({ phone: '+77010000002', role: 'USER' });
    expect(me?.['me']).toMatchObject({ phone: '+77010000002' });
    expect(refreshed?.['refreshSession']?.refreshToken).not.toBe(verified?.['verifyOtp']?.refreshToken);
    const claims = await verifyAccessToken(String(refreshed?.['refreshSession']?.accessToken));
    expect(claims).toMatchObject({ userId: verified?.['verifyOtp']?.user?.id, role: 'USER' });
  });

  test('the commands of the WhatsApp login, run by bash unchanged, end in a session', async () => {
    const output = await paste(walkThrough(1));
    expect(output).toContain('webhook: 200');
    expect(output).toContain('event: complete');
    const watched = [...output.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(String(data)));
    expect(watched.map(({ data }) => data.loginAttemptStatus.status)).toEqual(['PENDING', 'COMPLETED']);
    expect(answersIn(output).map(shapeOf)).toEqual(answersIn(documentedAnswers(1)).map(shapeOf));
    const claimed = answersIn(output).at(-1)?.data?.['claimLogin'];
    expect(claimed?.user).toMatchObject({ phone: '+996700000003', role: 'USER' });
    expect(await verifyAccessToken(String(claimed?.accessToken))).toMatchObject({ userId: claimed?.user?.id });
  });

  test('the backend example refuses a token with changed claims', async () => {
    const [, verified] = answersIn(await paste(walkThrough(0)));
    const [header, claims, signature] = String(verified?.data?.['verifyOtp']?.accessToken).split('.');
    const forged = Buffer.from(String(claims), 'base64url').toString().replace('"USER"', '"ADMIN"');
    const token = [header, Buffer.from(forged).toString('base64url'), signature].join('.');
    await expect(verifyAccessToken(token)).rejects.toThrow('signature');
  });

  /** Runs a walk-through in the folder, against the gateway of this test. @returns what it printed. */
  async function paste(script: string): Promise<string> {
    const file = join(folder, 'block.sh');
    writeFileSync(file, script.replaceAll(GATEWAY_URL, url));
    const { stdout, stderr } = await promisify(execFile)('bash', ['-e', file], { cwd: folder, timeout: 25_000 });
    expect(stderr).toBe('');
    return stdout;
  }

  async function untilReady(): Promise<void> {
    const deadline = Date.now() + 50_000;
    for (;;) {
      const log = readFileSync(join(folder, 'phonegate.log'), 'utf8');
      if (log.includes(`Phonegate is ready on ${url}`)) return;
      if (gateway?.exitCode !== null || Date.now() > deadline) throw new Error(`The gateway does not start:\n${log}`);
      await sleep(50);
    }
  }
});

interface Answer {
  data?: Record<string, { user?: { id: string }; accessToken?: string; refreshToken?: string }>;
}

/** The answers in the output of a block, one JSON line each. */
function answersIn(output: string): Answer[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line) as Answer);
}

/** There are two walk-throughs: one for each login. */
function walkThrough(index: 0 | 1): string {
  const scripts = blocksOf('docs/getting-started.md').filter(({ language }) => language === 'bash');
  expect(scripts).toHaveLength(2);
  return String(scripts[index]?.code);
}

/** What the page shows as the answers of a walk-through. */
function documentedAnswers(index: 0 | 1): string {
  const outputs = blocksOf('docs/getting-started.md').filter(({ language }) => language === 'text');
  expect(outputs).toHaveLength(2);
  return String(outputs[index]?.code);
}

/** An answer with the type of each value in its place: values differ from run to run. */
function shapeOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return typeof answer;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, shapeOf(value)]));
}
