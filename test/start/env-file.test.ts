import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { spawnPhonegate } from '../cli/run.js';
import { requestOtp, somePhone } from '../support/calls.js';
import { ANOTHER_SECRET } from '../support/config.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { cleanUpProcesses, makeFolder, spawnGateway } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await cleanUpProcesses();
  await database.drop();
});

/** A folder with this `.env`. */
function folderWith(lines: string[]): string {
  const folder = makeFolder();
  writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`);
  return folder;
}

/** Standard error of a gateway that must not start in the folder. */
async function refusal(folder: string, env: Record<string, string> = {}): Promise<string> {
  const gateway = spawnGateway(folder, { env });
  await expect(gateway.ready()).rejects.toThrow();
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(gateway.stdout()).toBe('');
  return gateway.stderr();
}

describe.concurrent('a file .env in the working folder', () => {
  test('is read by the gateway, whose log says so; variables of the environment win', async () => {
    const folder = folderWith([
      '# settings',
      `DATABASE_URL="${database.url}"`,
      `export GATEWAY_SECRET=${ANOTHER_SECRET}`,
      'OTP_LENGTH=8',
      'LOGIN_TITLE=From the file',
      'GREENAPI_TOKEN=hunter2-not-to-be-shown',
    ]);
    const gateway = spawnGateway(folder, { env: { OTP_LENGTH: '7' } });
    const { url, graphqlUrl } = await gateway.ready();
    const lines = gateway.stdout().split('\n');
    const event = (name: string) => lines.filter((line) => line.includes(`"${name}"`)).map((line) => JSON.parse(line));
    expect(event('config.env_file_loaded')).toEqual([
      expect.objectContaining({ level: 'info', path: join(folder, '.env') }),
    ]);
    expect(event('config.warning')).toEqual([
      expect.objectContaining({
        warning: expect.stringMatching(/^GREENAPI_TOKEN .*: did you mean GREEN_API_TOKEN\?$/),
      }),
    ]);
    const { attemptId } = await requestOtp(graphqlUrl, { phone: somePhone() });
    expect(gateway.codeOf(attemptId)).toMatch(/^\d{7}$/);
    expect(await (await fetch(`${url}/login`, { headers: { accept: 'text/html' } })).text()).toContain('From the file');
    for (const secret of [ANOTHER_SECRET, 'hunter2']) expect(gateway.stdout()).not.toContain(secret);
  });

  test('is named beside its mistakes', async () => {
    const folder = folderWith(['OTP_LENGTH=9', `DATABASE_URL=${database.url}`]);
    const text = `The configuration has a mistake:\n  - OTP_LENGTH must be a whole number from 6 to 8\nVariables were also read from ${join(folder, '.env')}.\n`;
    expect(await refusal(folder)).toBe(text);
    expect(await spawnPhonegate(['users', 'list'], { folder })).toEqual({ code: 1, stdout: '', stderr: text });
  });

  test('can make a gateway a production gateway, and cannot make it a misspelt one', async () => {
    expect(await refusal(folderWith(['NODE_ENV=production', `DATABASE_URL=${database.url}`]))).toContain(
      '- GATEWAY_SECRET is missing',
    );
    expect(await refusal(folderWith(['NODE_ENV=prod']))).toContain('NODE_ENV must be production, exactly that word');
  });

  test('that cannot be read is reported by the gateway and by a command', async () => {
    const folder = makeFolder();
    symlinkSync('/proc/self/mem', join(folder, '.env')); // root cannot read it either
    const text = `${join(folder, '.env')} cannot be read. Let this account read it, or remove it.\n`;
    expect(await refusal(folder)).toBe(text);
    expect(await spawnPhonegate(['users', 'list'], { folder })).toEqual({ code: 1, stdout: '', stderr: text });
  });

  test('is read by the doctor, which says so', async () => {
    const folder = folderWith([`DATABASE_URL=${database.url}`, 'OTP_LENGHT=8']);
    const { code, stdout } = await spawnPhonegate(['doctor', '--json'], { folder });
    const findings = (JSON.parse(stdout) as Finding[]).filter(({ about }) => about === 'configuration');
    expect(findings.map(({ level, message }) => [level, message])).toEqual([
      ['ok', `variables were also read from ${join(folder, '.env')}`],
      ['warning', expect.stringMatching(/did you mean OTP_LENGTH\?$/)],
    ]);
    expect(code).toBe(0);
  });
});

test.concurrent('neither a folder named .env nor a file in the folder above is read', async () => {
  const above = folderWith(['PORT=not-a-port']);
  const folder = join(above, 'below');
  mkdirSync(join(folder, '.env'), { recursive: true });
  const text = await refusal(folder, { OTP_LENGTH: '9' });
  expect(text).toBe('The configuration has a mistake:\n  - OTP_LENGTH must be a whole number from 6 to 8\n');
});
