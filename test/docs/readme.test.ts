import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/domain-error.js';
import { freePort } from '../support/ports.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';

const README = read('README.md');
/** The URL of the gateway in the README. */
const README_URL = 'http://localhost:4000';

describe('the commands of the README', () => {
  let folder: string;
  let url: string;
  let gateway: ChildProcess | undefined;
  let verifyAccessToken: (token: string) => Promise<{ userId: string; sessionId: string; role: string }>;

  // As the README starts it: without configuration, and with its output in phonegate.log.
  beforeAll(async () => {
    folder = join(makeFolder(), 'phonegate');
    mkdirSync(folder);
    const port = await freePort();
    url = README_URL.replace('4000', `${port}`);
    const log = openSync(join(folder, 'phonegate.log'), 'a');
    gateway = spawn(process.execPath, [join(PROJECT, 'dist/main.js')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, PORT: `${port}` },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await untilReady();

    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'verify.mjs'), block('js', 0).replaceAll(README_URL, url));
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
    const answers = answersIn(await paste(block('bash', 0)));
    const [requested, verified, me, refreshed] = answers.map(({ data }) => data);
    expect(answers).toHaveLength(4);
    expect(requested?.['requestOtp']).toMatchObject({ maskedPhone: '+7701*****02', channel: 'CONSOLE' });
    expect(verified?.['verifyOtp']?.user).toMatchObject({ phone: '+77010000002', role: 'USER' });
    expect(me?.['me']).toMatchObject({ phone: '+77010000002' });
    expect(refreshed?.['refreshSession']?.refreshToken).not.toBe(verified?.['verifyOtp']?.refreshToken);
    const claims = await verifyAccessToken(String(refreshed?.['refreshSession']?.accessToken));
    expect(claims).toMatchObject({ userId: verified?.['verifyOtp']?.user?.id, role: 'USER' });
  });

  test('the commands of the WhatsApp login, run by bash unchanged, end in a session', async () => {
    const output = await paste(block('bash', 1));
    expect(output).toContain('webhook: 200');
    expect(output).toContain('event: complete');
    const watched = [...output.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(String(data)));
    expect(watched.map(({ data }) => data.loginAttemptStatus.status)).toEqual(['PENDING', 'COMPLETED']);
    const claimed = answersIn(output).at(-1)?.data?.['claimLogin'];
    expect(claimed?.user).toMatchObject({ phone: '+996700000003', role: 'USER' });
    expect(await verifyAccessToken(String(claimed?.accessToken))).toMatchObject({ userId: claimed?.user?.id });
  });

  test('the backend example refuses a token with changed claims', async () => {
    const [, verified] = answersIn(await paste(block('bash', 0)));
    const [header, claims, signature] = String(verified?.data?.['verifyOtp']?.accessToken).split('.');
    const forged = Buffer.from(String(claims), 'base64url').toString().replace('"USER"', '"ADMIN"');
    const token = [header, Buffer.from(forged).toString('base64url'), signature].join('.');
    await expect(verifyAccessToken(token)).rejects.toThrow('signature');
  });

  /** Runs a block of the README in the folder, against the gateway of this test. @returns its output */
  async function paste(script: string): Promise<string> {
    const file = join(folder, 'block.sh');
    writeFileSync(file, script.replaceAll(README_URL, url));
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

describe('the reference of the README', () => {
  const variables = namesIn(
    /const ENVIRONMENT = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(read('src/config/environment.ts'))?.[1],
    /^ {2}([A-Z][A-Z0-9_]*):/gm,
  );

  test('the README explains every variable that the code reads, and no other', () => {
    expect(variables.length).toBeGreaterThan(20);
    expect(namesIn(section('Configuration'), /^\| `([A-Z0-9_]+)` \|/gm)).toEqual(variables);
  });

  test('.env.example lists every variable that the code reads, and no other', () => {
    expect(namesIn(read('.env.example'), /^#?([A-Z0-9_]+)=/gm)).toEqual(variables);
  });

  test('only the two programs read the environment', () => {
    const readers = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(join('db', 'prisma')))
      .filter((file) => read(join('src', file)).includes('process.env'));
    expect(readers.toSorted()).toEqual([join('cli', 'main.ts'), 'main.ts']);
  });

  test('the README lists every error code, and every event that is logged and no other', () => {
    for (const code of ERROR_CODES) expect(section('Errors')).toContain(`\`${code}\``);

    const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => read(join('src', file)))
      .join('\n');
    // `event: 'one.name'`, `event: condition ? 'one.name' : 'another.name'`, or the same of `const event =`.
    const logged = [...sources.matchAll(/\bevent(?::| =)\s([^,;}]+)/g)].map(([, named]) => named).join('\n');
    const events = namesIn(logged, /'([a-z_]+\.[a-z_.]+)'/g);
    expect(events.length).toBeGreaterThan(20);
    expect(namesIn(section('What is logged'), /`([a-z_]+\.[a-z_]+)`/g)).toEqual(events);
  });
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

/** A fenced block of the README: there are two of bash, one for each login, and one of JavaScript. */
function block(language: 'bash' | 'js', index: number): string {
  const blocks = [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
  expect(blocks).toHaveLength(language === 'bash' ? 2 : 1);
  return String(blocks[index]?.[1]);
}

function section(title: string): string {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (!text) throw new Error(`The README has no section "${title}"`);
  return text;
}

function namesIn(text: string | undefined, pattern: RegExp): string[] {
  return [...new Set([...(text ?? '').matchAll(pattern)].map(([, name]) => String(name)))].toSorted();
}

function read(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}
