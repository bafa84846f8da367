import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { CLOCK } from './faults/clock.js';
import { CONFIGURATION } from './faults/configuration.js';
import { type Fault, inAWorld } from './faults/fault.js';
import { GREEN_API } from './faults/green-api.js';
import { KAVENEGAR } from './faults/kavenegar.js';
import { MELIPAYAMAK } from './faults/melipayamak.js';
import { KEYS, PEOPLE } from './faults/people-and-keys.js';
import { ROUTES, TEMPLATES } from './faults/routes-and-templates.js';
import { DATABASE, REDIS } from './faults/storage.js';
import { WEBHOOKS, receiveUntold } from './faults/webhook.js';
import { type Service, type World, startService } from './world.js';

/** The doctor, as an operator runs it, in a set-up in which everything is right but for one thing. */
vi.setConfig({ testTimeout: 60_000 });
let service: Service;

beforeAll(async () => {
  service = await startService(inject('redisUrl'));
});
afterAll(() => service.stop());

/** What it finds, having checked that it ends as it says. */
async function examine(world: World): Promise<Finding[]> {
  const { code, stdout, stderr } = await world.phonegate(['doctor', '--json']);
  expect(stderr).toBe('');
  const findings = JSON.parse(stdout) as Finding[];
  expect(code).toBe(findings.some(({ level }) => level === 'problem') ? 1 : 0);
  return findings;
}

const notOk = (findings: Finding[]) => findings.filter(({ level }) => level !== 'ok');

async function findsExactly({ plant, found }: Fault): Promise<void> {
  await inAWorld(service, async (world) => {
    await plant(world, service);
    const left = notOk(await world.examine());
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

describe('when all is right', () => {
  test('it finds nothing, says what is right, changes nothing and sends nothing', () =>
    inAWorld(service, async (world) => {
      world.greenApi.receiveMessage({ from: '77010000002', text: 'Hello' });
      await vi.waitFor(
        async () => {
          const [account] = await service.database.query('SELECT webhook_at FROM provider_accounts');
          expect(account?.['webhook_at']).toBeInstanceOf(Date);
        },
        { timeout: 5_000 },
      );
      const findings = await examine(world);
      expect(notOk(findings)).toEqual([]);
      expect(findings).toEqual(
        [
          { about: 'configuration', message: 'can be read' },
          { about: 'database', message: expect.stringMatching(/^PostgreSQL \d+\.\d+ answers$/) },
          { about: 'clock', message: 'this machine and the database agree' },
          { about: 'migrations', message: 'all applied' },
          { about: 'templates', message: '5 texts for a code' },
          { about: 'people', message: '0, and all can be found; 0 may use the admin API' },
          { about: 'keys', message: 'GATEWAY_SECRET opens the signing key' },
          { about: 'green-api', message: 'the instance is authorized' },
          { about: 'green-api', message: 'WHATSAPP_NUMBER is the number of the instance' },
          { about: 'green-api', message: 'its settings are right' },
          { about: 'webhook', message: expect.stringMatching(/^the last one came at 20\S+Z$/) },
          { about: 'redis', message: 'answers' },
          { about: 'route KZ', message: 'green-api, then kavenegar-verify, then kavenegar-sms' },
          { about: 'route KG', message: 'green-api, then kavenegar-verify, then kavenegar-sms' },
          { about: 'route IR', message: 'kavenegar-verify, then kavenegar-sms, then melipayamak, then green-api' },
          { about: 'webhook', message: `${service.env['PUBLIC_URL']}/api/webhooks/greenapi/incoming takes webhooks` },
          { about: 'kavenegar', message: 'the key is right, the credit is 1000000 Rial' },
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

  test('without --json each finding is a line, what is wrong is told from what is right, and what to do stands behind it', () =>
    inAWorld(service, async (world) => {
      world.greenApi.configure({ incomingWebhook: 'no', outgoingMessageWebhook: 'yes' });
      const findings = await examine(world);
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
  Kavenegar: KAVENEGAR,
  Melipayamak: MELIPAYAMAK,
  routes: ROUTES,
  templates: TEMPLATES,
  people: PEOPLE,
  keys: KEYS,
}).flatMap(([of, faults]) => faults.map((fault) => [of, fault.planted, fault] as const));

describe.concurrent('one thing wrong at a time', () => {
  test.each(FAULTS)('%s: %s', (_, __, fault) => findsExactly(fault));
});

// Its own question to the webhook must not count as a webhook of Green API's.
test('a webhook that never comes is found the second time too', async () => {
  const ours = await startService(inject('redisUrl'));
  try {
    await inAWorld(ours, async (world) => {
      receiveUntold(world, 30);
      const untold = { about: 'webhook', message: expect.stringMatching(/^a message came at/) };
      expect(notOk(await examine(world))).toEqual([expect.objectContaining(untold)]);
      expect(notOk(await examine(world))).toEqual([expect.objectContaining(untold)]);
    });
  } finally {
    await ours.stop();
  }
});
