import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CloseCode } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAYERS } from '../../scripts/reference/diagrams.js';
import { printReference } from '../../scripts/print-reference.js';
import { ENVIRONMENT } from '../../src/config/environment.js';
import { ERROR_CODES } from '../../src/domain-error.js';
import { REQUEST_ERROR_CODES } from '../../src/graphql/request-error-codes.js';
import { CLOSE_CODES } from '../../src/graphql/websocket/close-codes.js';
import { HTTP_ERROR_CODES } from '../../src/http/http-error-codes.js';
import { ROUTES } from '../../src/http/routes/route-reference.js';
import { LOG_EVENTS } from '../../src/log-events.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { PROJECT } from '../support/process.js';
import { readPage } from './pages.js';

/** The reference describes the code, and is no source of what it describes. */
const DESCRIPTIONS = new Set([
  'log-events.ts',
  'graphql/request-error-codes.ts',
  'graphql/limit-reference.ts',
  'graphql/websocket/close-codes.ts',
  'http/http-error-codes.ts',
]);
const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('db/prisma/'))
  .filter((file) => !DESCRIPTIONS.has(file))
  .map((file) => ({ file, text: readPage(`src/${file}`) }));

test('docs/reference, the diagrams, the page of the benchmarks and the lists of channels are what "npm run docs:reference" prints from the code', async () => {
  for (const [path, text] of await printReference()) expect(readPage(path), path).toBe(text);
});

test('the picture of the modules has the layers that the architecture test keeps', () => {
  const [, kept = ''] =
    /^const LAYERS = \[\n([\s\S]*?)^\];/m.exec(readPage('test/architecture/architecture.test.ts')) ?? [];
  const layers = [...kept.matchAll(/\[([^\]]*)\]/g)].map(([, names]) => namesIn(names ?? '', /'([a-z]+)(?:\.ts)?'/g));
  expect(layers.length).toBeGreaterThan(5);
  expect(LAYERS.map((names) => names.filter((name) => name !== 'locales').toSorted())).toEqual(layers);
});

test('.env.example lists every variable that the code reads, and no other', () => {
  const listed = namesIn(readPage('.env.example'), /^#?([A-Z0-9_]+)=/gm);
  expect(listed).toEqual(Object.keys(ENVIRONMENT.shape).toSorted());
});

test('only the two programs read the environment', () => {
  const readers = sources.filter(({ text }) => text.includes('process.env')).map(({ file }) => file);
  expect(readers.toSorted()).toEqual(['cli/main.ts', 'main.ts']);
});

describe('the table of log events', () => {
  const described = Object.values(LOG_EVENTS).flatMap((group) => Object.entries(group));

  test('has every event that the code logs, and no other', () => {
    const text = sources.map(({ text }) => text).join('\n');
    // `event: 'one.name'`, `event: condition ? 'one.name' : 'another.name'`, or the same of `const event =`.
    const logged = [...text.matchAll(/\bevent(?::| =)\s([^,;}]+)/g)].map(([, named]) => named).join('\n');
    expect(described.map(([name]) => name).toSorted()).toEqual(namesIn(logged, /'([a-z_]+\.[a-z_.]+)'/g));
  });

  test('states the level, and the log or audit log, that the code uses', () => {
    for (const { file, text } of sources)
      for (const [, to, level, name = ''] of text.matchAll(
        /\b(log|audit)\.(debug|info|warn|error)\(\{\s*event: '([a-z_.]+)'/g,
      )) {
        const event = described.find(([described]) => described === name)?.[1];
        expect(event?.level, `${file}: ${name}`).toBe(level);
        const isThere = to === 'log' ? event?.keptIn !== 'audit log' : event?.keptIn === 'both';
        expect(isThere, `${file}: ${name} is kept in the ${to}`).toBe(true);
      }
  });

  test('marks every bug, and every other event that is an error of ours, as worth an alert', () => {
    const bugs = described.filter(([name]) => name.endsWith('.bug'));
    expect(bugs.length).toBeGreaterThan(3);
    expect(bugs.filter(([, { alert }]) => !alert)).toEqual([]);
  });
});

test('the table of request errors has every code of errors[] that the code uses, and no other', () => {
  const text = sources
    .filter(({ file }) => file.startsWith('graphql/'))
    .map(({ text }) => text)
    .join('\n');
  const used = namesIn(text, /\b(?:code: |code : |refusal\()'([A-Z_]{4,})'/g).filter(
    (code) => !(ERROR_CODES as string[]).includes(code),
  );
  for (const code of Object.keys(REQUEST_ERROR_CODES)) expect(text, code).toContain(`'${code}'`);
  expect(Object.keys(REQUEST_ERROR_CODES)).toEqual(expect.arrayContaining(used));
});

test('the table of HTTP errors has every code that a route answers, with its status, and no other', () => {
  const text = sources.map(({ text }) => text).join('\n');
  expect(Object.keys(HTTP_ERROR_CODES).toSorted()).toEqual(namesIn(text, /\berror: '([A-Z_]{4,})'/g));
  const answers = [...text.matchAll(/respondJson\(\s*response, (\d{3}), \{\s*error: '([A-Z_]+)'/g)];
  expect(answers.length).toBeGreaterThan(10);
  for (const [, status, code = ''] of answers) expect(HTTP_ERROR_CODES[code]?.status, code).toBe(Number(status));
});

test('the reference of errors has every error code that src/http and src/graphql name', () => {
  const text = sources
    .filter(({ file }) => /^(http|graphql)\//.test(file))
    .map(({ text }) => text)
    .join('\n');
  const codes = namesIn(text, /(?:\b(?:code|error): |\bcode : |\b(?:refusal|DomainError)\()'([A-Z_]{4,})'/g);
  const page = readPage('docs/reference/errors.md');
  expect(codes.length).toBeGreaterThan(15);
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

test('the table of close codes has every code with which the code closes a WebSocket', () => {
  // Those of graphql-ws are in its server, which is bundled.
  const folder = join(PROJECT, 'node_modules/graphql-ws/dist');
  const bundle = readdirSync(folder).find((file) => /^server-.*\.js$/.test(file)) ?? '';
  const text = [readPage(`node_modules/graphql-ws/dist/${bundle}`), ...sources.map(({ text }) => text)].join('\n');
  const named = namesIn(text, /\bCloseCode\.(\w+)/g);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(CLOSE_CODES, name).toHaveProperty(`${CloseCode[name as keyof typeof CloseCode]}`);
});

/**
 * Maximums of the gateway's own work, of the developer's phone, and of texts that are refused in the same way at any
 * length: phone numbers and codes.
 */
const INTERNAL_MAXIMUMS = new Set([
  'JWKS_MAX_AGE_SECONDS',
  'MAX_AGE_SECONDS',
  'MAX_ANSWER_CHARACTERS',
  'MAX_BYTES',
  'MAX_CACHED',
  'MAX_CONFIRMING',
  'MAX_PROVIDER_NETWORKS',
  'MAX_DEPTH',
  'MAX_ERRORS',
  'MAX_FORM_CHARACTERS',
  'MAX_HEARTBEAT_LENGTH',
  'MAX_INPUT_LENGTH',
  'MAX_NETWORKS',
  'MAX_LENGTH',
  'MAX_MESSAGES',
  'MAX_OTHERS',
  'MAX_ROWS_OF_ONE_SUBJECT',
  'MAX_STREAMS',
  'MAX_TWIML_CHARACTERS',
  'MAX_REMEMBERED',
  'MAX_UNPUBLISHED',
  'MAX_WAITING',
  'MAX_WAITING_GUARD_EVENTS',
]);

test('the table of limits has every constant that is named as a maximum', () => {
  const text = sources
    .filter(({ file }) => /^(admin|delivery|graphql|guard|http|login|realtime|sessions|users)\//.test(file))
    .map(({ text }) => text)
    .join('\n');
  const maximums = namesIn(text, /\bconst ((?:\w+_)?(?:MAX|LONGEST)_\w+) = /g);
  const used = readPage('src/graphql/limit-reference.ts').split('export const LIMITS')[1] ?? '';
  expect(maximums.length).toBeGreaterThan(15);
  expect(maximums.filter((name) => !INTERNAL_MAXIMUMS.has(name) && !new RegExp(`\\b${name}\\b`).test(used))).toEqual(
    [],
  );
  expect([...INTERNAL_MAXIMUMS].filter((name) => !maximums.includes(name))).toEqual([]);
});

describe('the table of routes', () => {
  let database: TestDatabase;
  let gateway: TestGateway;

  beforeAll(async () => {
    database = await createDatabase();
    gateway = await startGateway({
      DATABASE_URL: database.url,
      KAVENEGAR_API_KEY: 'key',
      KAVENEGAR_CALLBACK_SECRET: 'jkSnR2BTNzWUvaxVgH3ic9m4',
      SECURITY_CONTACT: 'mailto:security@example.com',
      WHATSAPP_CLOUD_URL: 'http://127.0.0.1:1',
      WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242922',
      WHATSAPP_CLOUD_TOKEN: 'EAAInventedTokenOfMeta',
      WHATSAPP_CLOUD_APP_SECRET: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
      WHATSAPP_CLOUD_VERIFY_TOKEN: 'jkSnR2BTNzWUvaxVgH3ic9m5',
      TELEGRAM_GATEWAY_URL: 'http://127.0.0.1:1',
      TELEGRAM_GATEWAY_TOKEN: 'AAEEGInventedTokenOfTelegram',
      TWILIO_URL: 'http://127.0.0.1:1',
      TWILIO_ACCOUNT_SID: `AC${'0a1b2c3d'.repeat(4)}`,
      TWILIO_AUTH_TOKEN: 'e4d909c290d0fb1ca068ffaddf22cbd0',
      TWILIO_FROM: '+15005550006',
      GREEN_API_MAX_URL: 'http://127.0.0.1:1',
      GREEN_API_MAX_ID_INSTANCE: '3100000001',
      GREEN_API_MAX_TOKEN: 'invented-token-of-the-max-instance',
      GREEN_API_MAX_WEBHOOK_TOKEN: 'kWq7Zr5TvN3bXyP9cJd2Hs8L',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await database.drop();
  });

  test('has the routes of a gateway, and no other', async () => {
    const described = ROUTES.flatMap(({ handlers }) => handlers).toSorted();
    expect(described).toEqual([...new Set(described)]);
    for (const path of described.filter((path) => !path.endsWith('/') || path === '/')) {
      const response = await fetch(`${gateway.url}${path}`, {
        redirect: 'manual',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(5_000),
      });
      await response.body?.cancel();
      expect(response.status, path).not.toBe(404);
    }
    expect((await fetch(`${gateway.url}/unknown`)).status).toBe(404);
  });

  test('has every path that the code names', () => {
    const text = sources
      .filter(({ file }) => file.startsWith('http/') && file !== 'http/routes/route-reference.ts')
      .map(({ text }) => text)
      .join('\n');
    const named = namesIn(text, /(?:= |\[)'(\/[\w./-]*)'/g);
    const described = new Set(ROUTES.flatMap(({ handlers }) => handlers));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !described.has(path))).toEqual([]);
  });
});

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => String(name)))].toSorted();
}
