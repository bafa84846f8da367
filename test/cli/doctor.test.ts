import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { ALARMS } from './faults/alarms.js';
import { withExpiredCertificate } from './faults/certificates.js';
import { CLOCK } from './faults/clock.js';
import { CONFIGURATION } from './faults/configuration.js';
import { type Fault, inAWorld } from './faults/fault.js';
import { GREEN_API } from './faults/green-api.js';
import { KAVENEGAR } from './faults/kavenegar.js';
import { MELIPAYAMAK } from './faults/melipayamak.js';
import { KEYS, USERS } from './faults/users-and-keys.js';
import { ROUTES, TEMPLATES } from './faults/routes-and-templates.js';
import { PUBLIC_URL } from './faults/public-url.js';
import { SMS_LOG } from './faults/sms-log.js';
import { SETTINGS } from './faults/settings.js';
import { DATABASE, REDIS } from './faults/storage.js';
import { WEBHOOKS, receiveWithoutWebhook } from './faults/webhook.js';
import { WHATSAPP_CLOUD } from './faults/whatsapp-cloud.js';
import type { Ended } from './run.js';
import { type Service, type World, startService } from './world.js';

/** The doctor in a set-up with one fault, or with none. */
vi.setConfig({ testTimeout: 60_000 });
let service: Service;

beforeAll(async () => {
  service = await startService(inject('redisUrl'));
});
afterAll(() => service.stop());

type RunDoctor = (world: World) => Promise<Ended>;
const inProcess: RunDoctor = (world) => world.phonegate(['doctor', '--json']);

/** The findings that the command prints. It must exit with 1 exactly when there is a problem. */
async function findingsOf(world: World, run: RunDoctor = inProcess): Promise<Finding[]> {
  const { code, stdout, stderr } = await run(world);
  expect(stderr).toBe('');
  const findings = JSON.parse(stdout) as Finding[];
  expect(code).toBe(findings.some(({ level }) => level === 'problem') ? 1 : 0);
  return findings;
}

const notOk = (findings: Finding[]) => findings.filter(({ level }) => level !== 'ok');

async function findsExactly({ plant, found }: Fault): Promise<void> {
  await inAWorld(service, async (world) => {
    await plant(world, service);
    const left = notOk(await world.runDoctor());
    for (const { level = 'problem', ...expected } of found) {
      const finding = left.findIndex(
        (one) =>
          one.about === expected.about &&
          one.level === level &&
          expected.message.test(one.message) &&
          expected.advice.test(one.advice ?? ''),
      );
      expect(finding, `${level} ${expected.message} among ${JSON.stringify(left, null, 2)}`).not.toBe(-1);
      left.splice(finding, 1);
    }
    expect(left).toEqual([]);
  });
}

describe('the doctor', () => {
  test('reports every passed check if there is no fault, and changes and sends nothing', () =>
    inAWorld(service, async (world) => {
      world.greenApi.receiveMessage({ from: '77010000002', text: 'Hello' });
      await vi.waitFor(
        async () => {
          const [account] = await service.database.query('SELECT webhook_at FROM provider_accounts');
          expect(account?.['webhook_at']).toBeInstanceOf(Date);
        },
        { timeout: 5_000 },
      );
      const findings = await findingsOf(world, () => world.spawnPhonegate(['doctor', '--json']));
      expect(notOk(findings)).toEqual([]);
      expect(findings).toEqual(
        [
          { about: 'configuration', message: 'is valid' },
          { about: 'database', message: expect.stringMatching(/^PostgreSQL \d+\.\d+ answers$/) },
          { about: 'clock', message: 'this machine and the database have the same time' },
          { about: 'migrations', message: 'all applied' },
          { about: 'templates', message: '5 templates for codes' },
          ...[
            ['kavenegar-verify', 'KAVENEGAR_TEMPLATE (myverification)'],
            ['kavenegar-sms', 'the line of plain SMS'],
            ['melipayamak', 'MELIPAYAMAK_BODY_ID (524)'],
          ].map(([about, what]) => ({
            about,
            message: `${what} is not checked: only a message shows whether it exists. Run: phonegate providers send-test`,
          })),
          { about: 'users', message: '0, and sign-ins find all of them; 0 can use the admin API' },
          { about: 'keys', message: 'GATEWAY_SECRET decrypts the signing key' },
          { about: 'green-api', message: 'the instance is authorized' },
          { about: 'green-api', message: 'WHATSAPP_NUMBER is the number of the instance' },
          { about: 'green-api', message: 'its settings are correct' },
          { about: 'webhook', message: expect.stringMatching(/^the last one arrived at 20\S+Z$/) },
          { about: 'redis', message: 'answers' },
          { about: 'route KZ', message: 'green-api' },
          { about: 'route KG', message: 'green-api' },
          { about: 'route IR', message: 'kavenegar-verify, then kavenegar-sms, then melipayamak' },
          {
            about: 'settings',
            message: 'ALLOWED_ORIGINS is empty: browsers may call the gateway from its own pages only',
          },
          { about: 'webhook', message: `${service.env['PUBLIC_URL']}/api/webhooks/greenapi/incoming accepts webhooks` },
          { about: 'kavenegar', message: 'the key is valid, the credit is 1000000 Rial' },
          { about: 'melipayamak', message: 'the account answers, the credit is 37414 SMS' },
        ].map((finding) => ({ ...finding, level: 'ok' })),
      );
      expect(world.greenApi.calls.map(({ method }) => method).toSorted()).toEqual([
        'getsettings',
        'getstateinstance',
        'getwasettings',
        'lastincomingmessages',
        'showmessagesqueue',
      ]);
      expect(world.kavenegar.calls.map(({ method }) => method)).toEqual(['account/info', 'account/config']);
      expect(world.melipayamak.calls.map(({ method }) => method)).toEqual(['GetCredit', 'GetUserNumbers']);
    }));

  test('prints each finding as a line with its level, subject, message and advice without --json', () =>
    inAWorld(service, async (world) => {
      world.greenApi.configure({ incomingWebhook: 'no', outgoingMessageWebhook: 'yes' });
      const findings = await findingsOf(world);
      const { code, stdout, stderr } = await world.phonegate(['doctor']);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(findings.length);
      for (const [index, { about, level, message, advice = '' }] of findings.entries()) {
        expect(lines[index]).toMatch({ ok: /^ok /, warning: /^WARNING /, problem: /^PROBLEM / }[level]);
        for (const part of [about, message, advice]) expect(lines[index]).toContain(part);
      }
      expect(stdout).toMatch(
        /^PROBLEM {2}green-api .*incomingWebhook is "no".*\. Run: phonegate providers webhook set$/m,
      );
    }));
});

const FAULTS = Object.entries({
  configuration: CONFIGURATION,
  database: DATABASE,
  Redis: REDIS,
  clock: CLOCK,
  'Green API': GREEN_API,
  webhook: WEBHOOKS,
  'public URL': PUBLIC_URL,
  'Cloud API': WHATSAPP_CLOUD,
  settings: SETTINGS,
  'SMS log': SMS_LOG,
  Kavenegar: KAVENEGAR,
  Melipayamak: MELIPAYAMAK,
  routes: ROUTES,
  templates: TEMPLATES,
  users: USERS,
  keys: KEYS,
  'audit log': ALARMS,
}).flatMap(([of, faults]) => faults.map((fault) => [of, fault.planted, fault] as const));

describe.concurrent('the doctor finds exactly one fault', () => {
  test.each(FAULTS)('%s: %s', (_, __, fault) => findsExactly(fault));
});

test('the doctor says that a TLS certificate has expired', () =>
  inAWorld(service, async (world) => {
    // Node.js reads the authorities at its start.
    world.env['NODE_EXTRA_CA_CERTS'] = await withExpiredCertificate(world);
    const findings = await findingsOf(world, () => world.spawnPhonegate(['doctor', '--json']));
    expect(notOk(findings)).toEqual([
      {
        about: 'green-api',
        level: 'problem',
        message: 'no usable answer: its TLS certificate has expired (CERT_HAS_EXPIRED)',
        advice: 'Renew the certificate of the server in GREEN_API_URL, and check the clock of this machine',
      },
    ]);
  }));

// The doctor's own request to the webhook must not count as a webhook of Green API.
test('the doctor reports a missing webhook also when it runs again', async () => {
  const ours = await startService(inject('redisUrl'));
  try {
    await inAWorld(ours, async (world) => {
      receiveWithoutWebhook(world, 30);
      const missing = { about: 'webhook', message: expect.stringMatching(/^a message arrived at/) };
      expect(notOk(await findingsOf(world))).toEqual([expect.objectContaining(missing)]);
      expect(notOk(await findingsOf(world))).toEqual([expect.objectContaining(missing)]);
    });
  } finally {
    await ours.stop();
  }
});
