import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANOTHER_SECRET, PERMITTED, PRODUCTION, complaint, named } from '../../test/support/config.js';
import { loadConfig, readConfig } from './config.js';
import { ENVIRONMENT } from './environment.js';
import { SECRET_VARIABLES } from './secret-variables.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'phonegate-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Production without its secret. */
const { GATEWAY_SECRET: _, ...WITHOUT_SECRET } = PRODUCTION;

/** The path of a file with this content. */
function fileOf(content: string): string {
  const file = join(mkdtempSync(join(folder, 'file-')), 'secret');
  writeFileSync(file, content);
  return file;
}

test('every variable with a token, key, password, secret, code or URL of a server is marked as a secret, and no other', () => {
  const named = Object.keys(ENVIRONMENT.shape).filter((name) =>
    /_TOKEN$|(?<!_SITE)_KEY$|_PASSWORD$|_USERNAME$|_SECRET(_PREVIOUS)?$|^(DATABASE|DIRECT_DATABASE|DATABASE_OWNER|REDIS)_URL$|^(TEST_PHONES|HTTP_SECRETS)$/.test(
      name,
    ),
  );
  expect(SECRET_VARIABLES.toSorted()).toEqual(named.toSorted());
  expect(named.length).toBeGreaterThan(10);
});

describe('a secret in a file', () => {
  const values: Record<string, string> = {
    DATABASE_URL: 'postgresql://phonegate:password@db/phonegate',
    DIRECT_DATABASE_URL: 'postgresql://phonegate:password@db-direct/phonegate',
    DATABASE_OWNER_URL: 'postgresql://owner:password@db/phonegate',
    REDIS_URL: 'redis://:password@redis:6379',
    HEALTH_TOKEN: 'uC5cYazJ7pGv6BT8mgKifqWw',
    TEST_PHONES: '+77010000099=246810@2026-01-31',
    GATEWAY_SECRET: ANOTHER_SECRET,
    GATEWAY_SECRET_PREVIOUS: PRODUCTION.GATEWAY_SECRET,
    GREEN_API_TOKEN: 'invented-green-api-token',
    GREEN_API_WEBHOOK_TOKEN: 'Pj5gC8u3bpSBxAnJ6hz4FVKY',
    KAVENEGAR_API_KEY: 'InventedKeyOfKavenegar2',
    KAVENEGAR_CALLBACK_SECRET: 'VRcKdAuDtGN76ia5Fbvq29pZ',
    MELIPAYAMAK_USERNAME: 'invented-user',
    MELIPAYAMAK_PASSWORD: ' with a blank at its start',
    MELIPAYAMAK_CONSOLE_TOKEN: 'invented-console-token',
    CAPTCHA_SECRET: 'invented-secret-key-of-a-widget',
    WHATSAPP_CLOUD_TOKEN: 'EAAInventedTokenOfMeta',
    WHATSAPP_CLOUD_APP_SECRET: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    WHATSAPP_CLOUD_VERIFY_TOKEN: 'jkSnR2BTNzWUvaxVgH3ic9m4',
    TELEGRAM_GATEWAY_TOKEN: 'AAEEGInventedTokenOfTelegram',
    TWILIO_AUTH_TOKEN: 'e4d909c290d0fb1ca068ffaddf22cbd0',
    TWILIO_API_KEY_SECRET: 'InventedSecretOfAnApiKeyOfTwilio',
    GREEN_API_MAX_TOKEN: 'invented-token-of-the-max-instance',
    GREEN_API_MAX_WEBHOOK_TOKEN: 'kWq7Zr5TvN3bXyP9cJd2Hs8L',
    HTTP_SECRETS: 'mobizon.apiKey=kz0123456789abcdef',
  };
  const others = {
    ...PRODUCTION,
    GREEN_API_ID_INSTANCE: '1101000001',
    MELIPAYAMAK_BODY_ID: '524',
    CAPTCHA: 'turnstile',
    CAPTCHA_SITE_KEY: 'invented-site-key',
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242922',
    TWILIO_ACCOUNT_SID: `AC${'0a1b2c3d'.repeat(4)}`,
    TWILIO_API_KEY_SID: `SK${'4e5f6a7b'.repeat(4)}`,
    TWILIO_FROM: '+15005550006',
    GREEN_API_MAX_ID_INSTANCE: '3100000001',
    HTTP_CHANNELS: 'mobizon',
    HTTP_CHANNELS_FOLDER: 'docs/providers/http-channels',
  };
  for (const name of SECRET_VARIABLES) delete (others as Record<string, string>)[name];

  test.each(['', '\n', '\r\n', '\n\n'])('is the same as in the environment, with %j at the end of the file', (end) => {
    const files = Object.entries(values).map(([name, value]) => [`${name}_FILE`, fileOf(`${value}${end}`)]);
    expect(Object.keys(values).toSorted()).toEqual(SECRET_VARIABLES.toSorted());
    expect(loadConfig({ ...others, ...Object.fromEntries(files) })).toEqual(loadConfig({ ...others, ...values }));
  });

  test('is read through a symbolic link, as Kubernetes mounts it', () => {
    const link = join(folder, 'link');
    symlinkSync(fileOf(ANOTHER_SECRET), link);
    expect(loadConfig({ ...WITHOUT_SECRET, GATEWAY_SECRET_FILE: link }).gatewaySecret).toBe(ANOTHER_SECRET);
  });

  test('counts as unset where the path is empty', () => {
    expect(named({ ...WITHOUT_SECRET, GATEWAY_SECRET_FILE: ' ' })).toEqual(['GATEWAY_SECRET']);
  });

  test('needs the same strength and form as in the environment, and the message names the file variable', () => {
    const text = complaint({
      ...WITHOUT_SECRET,
      DATABASE_URL: '',
      GATEWAY_SECRET_FILE: fileOf('hunter2'),
      DATABASE_URL_FILE: fileOf('mysql://root:hunter2@db/phonegate'),
    });
    expect(text).toMatch(/^ {2}- GATEWAY_SECRET \(read from GATEWAY_SECRET_FILE\) must have at least 32 characters/m);
    expect(text).toMatch(/^ {2}- DATABASE_URL \(read from DATABASE_URL_FILE\) must be a URL/m);
    expect(text).not.toContain('hunter2');
  });

  test('of a real provider counts against development', () => {
    const env = { KAVENEGAR_API_KEY_FILE: fileOf('InventedKeyOfKavenegar2') };
    expect(complaint(env)).toMatch(/because KAVENEGAR_API_KEY is set for a real provider/);
    expect(complaint({ ...env, ...PERMITTED })).toBe('');
  });
});

describe('a file variable that cannot be used', () => {
  const tooLarge = () => {
    const file = fileOf('');
    truncateSync(file, 70_000);
    return file;
  };
  test.each<[string, () => string, RegExp]>([
    ['a path without a file', () => join(folder, 'hunter2-missing'), /names a file that does not exist/],
    ['the secret itself', () => ANOTHER_SECRET, /does not exist: write the path of the file, not the secret/],
    ['an empty file', () => fileOf(''), /names an empty file/],
    ['a file with only a line end', () => fileOf(' \n'), /names an empty file/],
    ['a folder', () => folder, /names something that is not a file/],
    ['a device', () => '/dev/zero', /names something that is not a file/],
    ['a large file', tooLarge, /names a file that is too large for a secret/],
    ['a file below a file', () => join(fileOf('x'), 'y'), /names a file that cannot be read \(ENOTDIR\)/],
  ])('is reported by name, without the path, and not as a missing secret: %s', (_about, file, why) => {
    const path = file();
    const env = { ...WITHOUT_SECRET, GATEWAY_SECRET_FILE: path };
    expect(named(env)).toEqual(['GATEWAY_SECRET_FILE']);
    expect(complaint(env)).toMatch(why);
    expect(complaint(env)).not.toContain(path);
    expect(readConfig(env).config).toBeUndefined(); // the doctor must not go on with another database or secret
  });

  test('is reported at once with every other mistake, and with two variables for one secret', () => {
    const env = {
      ...PRODUCTION,
      PORT: 'http',
      GATEWAY_SECRET_FILE: fileOf(ANOTHER_SECRET),
      DATABASE_URL: '',
      DATABASE_URL_FILE: join(folder, 'missing'),
      MELIPAYAMAK_PASSWORD_FILE: join(folder, 'missing'),
    };
    expect(named(env)).toEqual([
      'DATABASE_URL_FILE',
      'GATEWAY_SECRET_FILE',
      'MELIPAYAMAK_PASSWORD_FILE',
      'PORT',
      'MELIPAYAMAK_USERNAME',
    ]);
    expect(complaint(env)).toContain('GATEWAY_SECRET_FILE is set, and GATEWAY_SECRET too: remove one of the two');
    expect(complaint(env)).not.toContain(ANOTHER_SECRET);
  });
});
