import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUpProcesses, makeFolder } from '../support/process.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED = ['uqr', 'react', 'csstype', '@types/react', 'typescript'];

let application: string;

/** An application with the tarballs of `npm pack`, and the packages that they depend on. */
beforeAll(() => {
  application = makeFolder();
  const modules = join(application, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  for (const name of ['client', 'react']) {
    const folder = join(modules, '@phonegate', name);
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['pack', '--silent', '--workspace', `@phonegate/${name}`, '--pack-destination', application], {
      cwd: PROJECT,
    });
    const tarball = readdirSync(application).find((file) => file.startsWith(`phonegate-${name}-`)) ?? '';
    execFileSync('tar', ['-xzf', join(application, tarball), '--strip-components=1', '-C', folder]);
  }
  for (const name of INSTALLED) symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name));
  writeFileSync(join(application, 'package.json'), JSON.stringify({ type: 'module' }));
}, 60_000);
afterAll(cleanUpProcesses);

describe('an application that installs the packages', () => {
  test('compiles against the types of the client and the components', () => {
    writeFileSync(
      join(application, 'main.tsx'),
      `
        import { createPhonegate, type LoginAttempt } from '@phonegate/client';
        import { PhoneLogin, usePhoneLogin, useSession } from '@phonegate/react';

        const client = createPhonegate({ url: 'https://login.example.com', locale: 'kk' });
        export function App() {
          const { status } = useSession(client);
          return status === 'signed-in' ? null : <PhoneLogin client={client} locale="fa" />;
        }
        export async function signIn(phone: string, code: string): Promise<string | undefined> {
          const asked = await client.requestOtp({ phone });
          if (asked.__typename !== 'OtpRequested') return asked.message;
          for await (const attempt of client.watchLogin(asked)) console.log((attempt satisfies LoginAttempt).delivery?.status);
          const answer = await client.verifyOtp({ ...asked, code });
          if (answer.__typename === 'IncorrectCode') return String(answer.triesLeft satisfies number);
          // @ts-expect-error An expectation: compilation fails if an answer other than a Session has a user.
          void answer.user;
          return answer.__typename === 'Session' ? answer.user.phone : answer.code;
        }
        export const login = (): ReturnType<typeof usePhoneLogin> => usePhoneLogin(client);
      `,
    );
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023,dom', '--jsx', 'react-jsx'];
    const modules = ['--module', 'nodenext', '--moduleResolution', 'nodenext', '--types', '', '--skipLibCheck'];
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const output = () =>
      execFileSync(process.execPath, [tsc, ...options, ...modules, 'main.tsx'], { cwd: application, encoding: 'utf8' });
    expect(output()).toBe('');
  });

  test('can load the client, the components and their style', () => {
    const names = execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `console.log(Object.keys(await import('@phonegate/client')), Object.keys(await import('@phonegate/react')))`,
      ],
      { cwd: application, encoding: 'utf8' },
    );
    expect(names).toContain("'createPhonegate'");
    expect(names).toContain("'PhoneLogin'");
    const style = readFileSync(join(application, 'node_modules/@phonegate/react/dist/style.css'), 'utf8');
    expect(style).toContain('--phonegate-accent');
  });

  test('receives no source, test, key or data of the project', () => {
    const files = readdirSync(join(application, 'node_modules/@phonegate'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /^\w+\/(src|test|bench|docs|\.data|\.env|\.git)\b|\.test\./.test(file))).toEqual([]);
  });
});
