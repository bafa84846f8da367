import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { sendTest } from '../../src/cli/providers/send-test.js';
import { loadConfig } from '../../src/config/config.js';
import { inAWorld } from './faults/fault.js';
import { NOBODY, type Service, WEBHOOK, type World, startService } from './world.js';

/**
 * What an operator does with the accounts of the providers. One test of each command runs it as a process. So does every
 * message that is sent: the command shows what its process fetches, and in this one the fakes fetch as well.
 */
vi.setConfig({ testTimeout: 60_000 });
let service: Service;

beforeAll(async () => {
  service = await startService(inject('redisUrl'));
});
afterAll(() => service.stop());

/** A test in a world of its own. */
const inWorld = (act: (world: World) => Promise<void>) => () => inAWorld(service, act);

/** A sentence, or a list of them, for a person: no stack. */
const isASentence = (text: string) => {
  expect(text).toMatch(/^[A-Z][\s\S]*\.\n$/);
  expect(text).not.toMatch(/^ +at /m);
};

describe.concurrent('providers account', () => {
  test(
    'tells what each provider says of the account',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await world.phonegate(['providers', 'account', '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual([
        {
          provider: 'green-api',
          usable: true,
          facts: { instance: '1101000001', state: 'authorized', number: '+7701*****01', 'messages waiting': 0 },
        },
        {
          provider: 'kavenegar',
          usable: true,
          facts: { 'credit (Rial)': 1_000_000, plan: 'master', line: '10004346', 'debug mode': false },
        },
        {
          provider: 'melipayamak',
          usable: true,
          facts: { 'credit (SMS)': 37_414.5, lines: '50004000000001, 10009000000001' },
        },
      ]);
    }),
  );

  test(
    'is written for a person without --json, a heading and its facts below',
    inWorld(async (world) => {
      const { code, stdout } = await world.phonegateHere(['providers', 'account']);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^green-api\n( {2}\S.*: .+\n)+kavenegar\n( {2}\S.*: .+\n)+melipayamak\n( {2}\S.*: .+\n)+$/,
      );
      expect(stdout).toContain('  credit (Rial): 1000000\n');
    }),
  );

  test(
    'one that refuses us is told with the reason beside the others, and ends it with 1',
    inWorld(async (world) => {
      world.env['KAVENEGAR_API_KEY'] = 'AnOldKeyOfKavenegar';
      const { code, stdout, stderr } = await world.phonegate(['providers', 'account', '--json']);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(JSON.parse(stdout)).toEqual([
        expect.objectContaining({ provider: 'green-api', usable: true }),
        { provider: 'kavenegar', usable: false, facts: { failure: 'authentication', detail: '403' } },
        expect.objectContaining({ provider: 'melipayamak', usable: true }),
      ]);
    }),
  );

  test(
    'every one that refuses us has its reason',
    inWorld(async (world) => {
      world.env['GREEN_API_TOKEN'] = 'an_old_token_of_the_instance';
      world.kavenegar.addressMismatch = true;
      world.melipayamak.flags.apiKeyOnly = true;
      const { code, stdout } = await world.phonegateHere(['providers', 'account']);
      expect(code).toBe(1);
      expect(stdout).toBe(
        [
          ['green-api', '  failure: authentication', '  detail: HTTP 401'],
          ['kavenegar', '  failure: account_restricted', '  detail: 416'],
          ['melipayamak', '  failure: authentication', '  detail: -110'],
        ]
          .flat()
          .map((line) => `${line}\n`)
          .join(''),
      );
    }),
  );

  test(
    'without a provider it says so',
    inWorld(async (world) => {
      for (const name of Object.keys(world.env))
        if (/^(GREEN|WHATSAPP|KAVENEGAR|MELIPAYAMAK|SMS)_/.test(name)) delete world.env[name];
      expect(await world.phonegateHere(['providers', 'account'])).toEqual({
        code: 0,
        stdout: 'No provider is configured.\n',
        stderr: '',
      });
    }),
  );
});

describe.concurrent('providers send-test', () => {
  const IRANIAN = '+989120000004';
  const KAZAKH = '+77010000002';

  /** Runs it for a phone that is then shown masked at most. */
  async function send(world: World, phone: string, ...args: string[]) {
    // As Iran's providers and Green API spell it, too.
    world.secrets.push(phone, phone.slice(1), phone.slice(3));
    return world.phonegate(['providers', 'send-test', phone, ...args]);
  }

  /** Where it is refused before anything is sent. */
  const refused = (world: World, phone: string, ...args: string[]) =>
    world.phonegateHere(['providers', 'send-test', phone, ...args]);

  test(
    'by Green API: all of the exchange, and how far the message came',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await send(world, KAZAKH);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [sent] = world.greenApi.messages;
      const code6 = /^(\d{6}): a test/.exec(sent?.message ?? '')?.[1] ?? 'no code was sent';
      expect(stdout).not.toContain(code6);
      expect(sent?.chatId).toBe('77010000002@c.us');
      expect(stdout.split('\n')).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^green-api → \+7701\*{5}02\b/),
          `> POST ${world.greenApi.url}/waInstance1101000001/sendMessage/***`,
          expect.stringMatching(/^> \{"chatId":"\*\*\*@c\.us","message":"\*\*\*: a test of Phonegate/),
          expect.stringMatching(/^< HTTP 200 \{"idMessage":"\w+"\}$/),
          `Taken, id ${sent?.idMessage}.`,
          `> POST ${world.greenApi.url}/waInstance1101000001/getMessage/***`,
          'DELIVERED',
        ]),
      );
    }),
  );

  test(
    'by the first channel of the route: Kavenegar Verify in Iran, whose answer repeats code and phone',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await send(world, IRANIAN);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const call = world.kavenegar.calls.find(({ method }) => method === 'verify/lookup');
      expect(call?.form).toMatchObject({ receptor: '09120000004', template: 'myverification' });
      expect(stdout).not.toContain(call?.form['token']);
      expect(world.kavenegar.messages[0]?.message).toContain(call?.form['token']);
      expect(stdout.split('\n')).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^kavenegar-verify → \+9891\*{6}04\b/),
          `> POST ${world.kavenegar.url}/v1/***/verify/lookup.json`,
          '> receptor=0*** token=*** template=myverification type=sms',
          expect.stringMatching(/^< HTTP 200 .*"message":"[^"]*\*\*\*".*"receptor":"0\*\*\*"/),
          'Taken, id 8792343.',
          `> POST ${world.kavenegar.url}/v1/***/sms/status.json`,
          'DELIVERED',
        ]),
      );
      expect(stdout).toContain('تایید'); // a form and an answer are readable
    }),
  );

  test(
    'by a channel that is named: Kavenegar SMS',
    inWorld(async (world) => {
      const { code, stdout } = await send(world, IRANIAN, '--channel', 'kavenegar-sms');
      expect(code).toBe(0);
      const call = world.kavenegar.calls.find(({ method }) => method === 'sms/send');
      expect(stdout).not.toContain(/^\d{6}/.exec(call?.form['message'] ?? '')?.[0] ?? 'no code was sent');
      expect(stdout).toMatch(/^> receptor=0\*\*\* message=\*\*\*: a test of Phonegate, this code opens nothing /m);
      expect(stdout).toMatch(/^DELIVERED$/m);
    }),
  );

  test(
    'by Melipayamak, with user and password in the form',
    inWorld(async (world) => {
      const { code, stdout } = await send(world, IRANIAN, '--channel', 'melipayamak');
      expect(code).toBe(0);
      const call = world.melipayamak.calls.find(({ method }) => method === 'BaseServiceNumber');
      expect(call?.body).toMatchObject({ to: '09120000004', bodyId: '524', password: world.melipayamak.password });
      expect(stdout).not.toContain(String(call?.body['text']));
      expect(stdout).toMatch(/^> username=\*\*\* password=\*\*\* text=\*\*\* to=0\*\*\* bodyId=524$/m);
      expect(stdout).toMatch(/^Taken, id \d{19}\.$/m);
      expect(stdout).toMatch(/^DELIVERED$/m);
    }),
  );

  test(
    'by the console of Melipayamak, with the token in the address',
    inWorld(async (world) => {
      for (const name of ['USERNAME', 'PASSWORD']) delete world.env[`MELIPAYAMAK_${name}`];
      delete world.env['SMS_SENDER_NUMBER'];
      world.env['MELIPAYAMAK_CONSOLE_TOKEN'] = world.melipayamak.consoleToken;
      const { code, stdout } = await send(world, IRANIAN, '--channel', 'melipayamak');
      expect(code).toBe(0);
      expect(stdout).toContain(`> POST ${world.melipayamak.url}/api/send/shared/***\n`);
      expect(stdout).toMatch(/^> \{"bodyId":524,"to":"0\*\*\*","args":\["\*\*\*"\]\}$/m);
      expect(stdout).toMatch(/^DELIVERED$/m);
    }),
  );

  test(
    'by the console channel, in development',
    inWorld(async (world) => {
      delete world.env['NODE_ENV'];
      const { code, stdout } = await send(world, KAZAKH, '--channel', 'console');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^console → \+7701\*{5}02\b.*\nTaken\.\n$/);
    }),
  );

  test(
    'a phone may be spelt in any way',
    inWorld(async (world) => {
      world.env['DEFAULT_COUNTRIES'] = 'IR';
      const { code } = await world.phonegate(['providers', 'send-test', '۰۹۱۲ ۰۰۰ ۰۰۰۴']);
      expect(code).toBe(0);
      expect(world.kavenegar.messages.map(({ receptor }) => receptor)).toEqual([IRANIAN]);
    }),
  );

  test(
    'a message that does not arrive is told with its reason; taken it was, so that is no failure',
    inWorld(async (world) => {
      world.greenApi.statusesByPhone.set('77010000002', ['noAccount']);
      const { code, stdout } = await send(world, KAZAKH);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^UNDELIVERED \(noAccount\)$/m);
    }),
  );

  test(
    'a refusal is told and ends it with 1, and the token that the answer repeats is not shown',
    inWorld(async (world) => {
      world.greenApi.setState(null);
      const { code, stdout, stderr } = await send(world, KAZAKH);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toMatch(/^< HTTP 400 .*"path":"\/waInstance1101000001\/sendMessage\/\*\*\*"/m);
      expect(stdout).toMatch(/^Refused: channel_down \(HTTP 400: the instance is not authorized\)\.\n$/m);
      expect(stdout).not.toContain('Taken');
    }),
  );

  test.each(['JSON', 'a form', 'a form with small letters'])(
    'what a provider repeats of the request in %s is not shown',
    async (how) =>
      inAWorld(service, async (world) => {
        const { username, password } = world.melipayamak;
        const form = new URLSearchParams({ username, password }).toString();
        const small = form.replaceAll(/%\w\w/g, (escape) => escape.toLowerCase());
        const body = how === 'JSON' ? JSON.stringify({ username, password }) : how === 'a form' ? form : small;
        world.secrets.push(new URLSearchParams({ password }).toString(), small.replace(/.*=/, ''));
        world.melipayamak.fault = { status: 400, body };
        const { code, stdout } = await send(world, IRANIAN, '--channel', 'melipayamak');
        expect(code).toBe(1);
        expect(stdout).toContain('< HTTP 400 ');
        expect(stdout).toContain('Refused: unknown (HTTP 400).');
      }),
  );

  test(
    'a provider that cannot be reached is a refusal too',
    inWorld(async (world) => {
      world.env['GREEN_API_URL'] = NOBODY;
      const { code, stdout, stderr } = await send(world, KAZAKH);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toMatch(/^Refused: channel_down \(ECONNREFUSED\)\.$/m);
    }),
  );

  test(
    'a channel that is not configured is not used; it says which there are',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await refused(world, KAZAKH, '--channel', 'pigeon');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        'The channel pigeon is not configured; there are: green-api, kavenegar-verify, kavenegar-sms, melipayamak.\n',
      );
    }),
  );

  // An Indian number without its country code is somebody's in Iran, where Melipayamak would send it.
  test(
    'a channel that does not reach the country is not used',
    inWorld(async (world) => {
      const { code, stderr } = await refused(world, '+919120000004', '--channel', 'melipayamak');
      expect(world.melipayamak.sentTo('+989120000004')).toEqual([]);
      expect(world.melipayamak.calls).toEqual([]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/melipayamak does not reach/);
    }),
  );

  test(
    'a phone that no channel reaches',
    inWorld(async (world) => {
      for (const name of Object.keys(world.env)) if (/^(GREEN|WHATSAPP|KAVENEGAR)_/.test(name)) delete world.env[name];
      const { code, stderr } = await refused(world, KAZAKH);
      expect(code).toBe(1);
      expect(stderr).toBe('No channel reaches this phone; configured: melipayamak.\n');
    }),
  );

  test.each(['+77172000000', 'nobody'])('%s is no mobile number', (phone) =>
    inAWorld(service, async (world) => {
      expect(await refused(world, phone)).toEqual({
        code: 1,
        stdout: '',
        stderr: `${phone} is not a mobile number; write it as +77010000002.\n`,
      });
      expect(world.greenApi.calls).toEqual([]);
    }),
  );
});

describe('a receipt that does not come', () => {
  test(
    'is waited for no longer than was said',
    inWorld(async (world) => {
      world.greenApi.defaultStatuses = ['sent'];
      const shown: string[] = [];
      const config = loadConfig(world.env);
      const follow = { forMs: 1_500, everyMs: 100 };
      expect(
        await sendTest({ phone: '+77010000002', channel: undefined }, config, (line) => shown.push(line), follow),
      ).toBe(true);
      expect(shown.filter((line) => !/^[<>]/.test(line)).slice(-2)).toEqual([
        'SENT',
        'No receipt after 2 s: it may still arrive.',
      ]);
    }),
  );
});

describe.concurrent('providers webhook', () => {
  const show = (world: World) => world.phonegateHere(['providers', 'webhook', 'show']);
  const set = (world: World) => world.phonegateHere(['providers', 'webhook', 'set']);
  const written = (world: World) =>
    world.greenApi.calls.filter(({ method }) => method === 'setsettings').map(({ body }) => body);

  test(
    'show: all as it should be',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await show(world);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`webhookUrl: ${world.env['PUBLIC_URL']}${WEBHOOK}\nwebhookUrlToken: (set)\n`);
      expect(stdout).toMatch(/^All as it should be\.$/m);
    }),
  );

  test(
    'show: what is not right, why it matters and how to mend it, with 1, and nothing is written',
    inWorld(async (world) => {
      world.greenApi.configure({ incomingWebhook: 'no', enableLidMode: 'yes', webhookUrlToken: 'an-older-token' });
      world.secrets.push('an-older-token');
      const { code, stdout } = await show(world);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^ {2}incomingWebhook: "no" → "yes" \(.+\)$/m);
      expect(stdout).toMatch(/^ {2}enableLidMode: "yes" → "no" \(.+\)$/m);
      expect(stdout).toMatch(/^ {2}webhookUrlToken: \(another token\) → \(GREEN_API_WEBHOOK_TOKEN\) \(.+\)$/m);
      expect(stdout.match(/ → /g)).toHaveLength(3);
      expect(stdout).toContain('phonegate providers webhook set');
      expect(written(world)).toEqual([]);
    }),
  );

  test(
    'set: a new instance is given all it needs in one call, and the second time nothing',
    inWorld(async (world) => {
      world.greenApi.configure({
        webhookUrl: '',
        webhookUrlToken: '',
        incomingWebhook: 'no',
        outgoingWebhook: 'no',
        stateWebhook: 'no',
      });
      const first = await set(world);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toMatch(/^ {2}webhookUrlToken: \(none\) → \(GREEN_API_WEBHOOK_TOKEN\) /m);
      expect(first.stdout).toMatch(/restarts.*five minutes/);
      expect(written(world)).toEqual([
        {
          webhookUrl: `${world.env['PUBLIC_URL']}${WEBHOOK}`,
          webhookUrlToken: world.env['GREEN_API_WEBHOOK_TOKEN'],
          incomingWebhook: 'yes',
          outgoingWebhook: 'yes',
          stateWebhook: 'yes',
        },
      ]);
      expect(await set(world)).toEqual({ code: 0, stdout: 'All was right; nothing was written.\n', stderr: '' });
      expect(written(world)).toHaveLength(1);
      expect(await show(world)).toMatchObject({ code: 0 });
    }),
  );

  test(
    'set: only what differs is written',
    inWorld(async (world) => {
      world.greenApi.configure({ stateWebhook: 'no', delaySendMessagesMilliseconds: 3_000, keepOnlineStatus: 'yes' });
      expect(await set(world)).toMatchObject({ code: 0 });
      expect(written(world)).toEqual([{ stateWebhook: 'yes', delaySendMessagesMilliseconds: 500 }]);
      expect(world.greenApi.settings.keepOnlineStatus).toBe('yes');
    }),
  );

  test(
    'set: slashes at the end and "Bearer " before the token are no difference',
    inWorld(async (world) => {
      world.greenApi.configure({
        webhookUrl: `${world.env['PUBLIC_URL']}${WEBHOOK}/`,
        webhookUrlToken: `Bearer ${world.env['GREEN_API_WEBHOOK_TOKEN']}`,
      });
      world.env['PUBLIC_URL'] += '/';
      expect(await set(world)).toMatchObject({ code: 0, stdout: 'All was right; nothing was written.\n' });
      expect(written(world)).toEqual([]);
    }),
  );

  // Run in a shell without PUBLIC_URL it would take the webhooks away from the gateway that has them.
  test(
    'set: an address that only this machine knows is not written where Green API is elsewhere',
    inWorld(async (world) => {
      world.env['GREEN_API_URL'] = world.greenApi.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'); // looks like elsewhere
      world.env['PUBLIC_URL'] = 'http://localhost:4000';
      const { code, stderr } = await set(world);
      expect(written(world)).toEqual([]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/PUBLIC_URL/);
    }),
  );

  test.each(['show', 'set'])('%s: a refused token is said in a sentence', (verb) =>
    inAWorld(service, async (world) => {
      world.env['GREEN_API_TOKEN'] = 'an_old_token_of_the_instance';
      const { code, stdout, stderr } = await world.phonegate(['providers', 'webhook', verb]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      isASentence(stderr);
      expect(stderr).toContain('HTTP 401');
    }),
  );

  // Green API answers with JSON null while an instance is being made.
  test.each(['null', '[]'])('settings that are %s are told in a sentence too', (body) =>
    inAWorld(service, async (world) => {
      world.greenApi.faults.set('getsettings', { status: 200, body });
      const { code, stderr } = await show(world);
      expect(code).toBe(1);
      isASentence(stderr);
    }),
  );

  test.each([
    { status: 200, body: '{"saveSettings":false}' },
    { status: 429, body: '' },
  ])('set: what Green API does not save is no success: $status $body', (fault) =>
    inAWorld(service, async (world) => {
      world.greenApi.configure({ incomingWebhook: 'no' });
      world.greenApi.faults.set('setsettings', fault);
      const { code, stdout, stderr } = await set(world);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      isASentence(stderr);
      expect(stderr).toContain('did not save');
    }),
  );

  test(
    'without an account it names the variables',
    inWorld(async (world) => {
      delete world.env['GREEN_API_TOKEN'];
      const { code, stderr } = await show(world);
      expect(code).toBe(1);
      isASentence(stderr);
      expect(stderr).toContain('GREEN_API_TOKEN');
    }),
  );
});
