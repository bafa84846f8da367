import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { sendTest } from '../../src/cli/providers/send-test.js';
import { loadConfig } from '../../src/config/config.js';
import { inAWorld } from './faults/fault.js';
import { withCloud } from './faults/whatsapp-cloud.js';
import { phonegate } from './run.js';
import { UNREACHABLE_URL, type Service, WEBHOOK, type World, startService } from './world.js';

/** `phonegate providers …` against simulators of the providers. One test spawns a process, with the default polling. */
vi.setConfig({ testTimeout: 60_000 });
let service: Service;

beforeAll(async () => {
  service = await startService(inject('redisUrl'));
});
afterAll(() => service.stop());

/** The body of a test with its own world. */
const inWorld = (act: (world: World) => Promise<void>) => () => inAWorld(service, act);

/** A sentence, or several, and no stack trace. */
const isASentence = (text: string) => {
  expect(text).toMatch(/^[A-Z][\s\S]*\.\n$/);
  expect(text).not.toMatch(/^ +at /m);
};

describe('providers account', () => {
  test(
    'prints the account of each provider as JSON',
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
    'prints a heading for each provider with its facts below without --json',
    inWorld(async (world) => {
      const { code, stdout } = await world.phonegate(['providers', 'account']);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^green-api\n( {2}\S.*: .+\n)+kavenegar\n( {2}\S.*: .+\n)+melipayamak\n( {2}\S.*: .+\n)+$/,
      );
      expect(stdout).toContain('  credit (Rial): 1000000\n');
    }),
  );

  test(
    'exits with 1 where a provider refuses the credentials, and prints the reason beside the other accounts',
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
    'prints the reason of each provider that refuses',
    inWorld(async (world) => {
      world.env['GREEN_API_TOKEN'] = 'an_old_token_of_the_instance';
      world.kavenegar.addressMismatch = true;
      world.melipayamak.flags.apiKeyOnly = true;
      const { code, stdout } = await world.phonegate(['providers', 'account']);
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
    'says that no provider is configured',
    inWorld(async (world) => {
      for (const name of Object.keys(world.env))
        if (/^(GREEN|WHATSAPP|KAVENEGAR|MELIPAYAMAK|SMS)_/.test(name)) delete world.env[name];
      expect(await world.phonegate(['providers', 'account'])).toEqual({
        code: 0,
        stdout: 'No provider is configured.\n',
        stderr: '',
      });
    }),
  );
});

describe('providers send-test', () => {
  const IRANIAN = '+989120000004';
  const KAZAKH = '+77010000002';

  /** Sends a test message, whose output must not hold the phone. */
  async function send(world: World, phone: string, ...args: string[]) {
    // Providers in Iran and Green API repeat the phone in these spellings.
    world.secrets.push(phone, phone.slice(1), phone.slice(3));
    return world.phonegate(['providers', 'send-test', phone, ...args]);
  }

  /** For tests in which the command refuses to send. */
  const refused = (world: World, phone: string, ...args: string[]) =>
    world.phonegate(['providers', 'send-test', phone, ...args]);

  test(
    'prints requests, answers and the delivery status of a message by Green API',
    inWorld(async (world) => {
      world.secrets.push(KAZAKH, KAZAKH.slice(1), KAZAKH.slice(3));
      const { code, stdout, stderr } = await world.spawnPhonegate(['providers', 'send-test', KAZAKH]);
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
          `Accepted, ID ${sent?.idMessage}.`,
          `> POST ${world.greenApi.url}/waInstance1101000001/getMessage/***`,
          'DELIVERED',
        ]),
      );
    }),
  );

  test(
    'uses the first channel of the route, and hides code and phone in the answer of Kavenegar Verify',
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
          'Accepted, ID 8792343.',
          `> POST ${world.kavenegar.url}/v1/***/sms/status.json`,
          'DELIVERED',
        ]),
      );
      expect(stdout).toContain('تایید'); // Persian text in a form and in an answer is readable
    }),
  );

  test(
    'uses the named channel kavenegar-sms',
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
    'hides the user and password in a form of Melipayamak',
    inWorld(async (world) => {
      const { code, stdout } = await send(world, IRANIAN, '--channel', 'melipayamak');
      expect(code).toBe(0);
      const call = world.melipayamak.calls.find(({ method }) => method === 'BaseServiceNumber');
      expect(call?.body).toMatchObject({ to: '09120000004', bodyId: '524', password: world.melipayamak.password });
      expect(stdout).not.toContain(String(call?.body['text']));
      expect(stdout).toMatch(/^> username=\*\*\* password=\*\*\* text=\*\*\* to=0\*\*\* bodyId=524$/m);
      expect(stdout).toMatch(/^Accepted, ID \d{19}\.$/m);
      expect(stdout).toMatch(/^DELIVERED$/m);
    }),
  );

  test(
    "hides the token in the URL of Melipayamak's console",
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
    'uses the console channel in development',
    inWorld(async (world) => {
      delete world.env['NODE_ENV'];
      const { code, stdout } = await send(world, KAZAKH, '--channel', 'console');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^console → \+7701\*{5}02\b.*\nAccepted\.\n$/);
    }),
  );

  test(
    'accepts a national form in Persian digits',
    inWorld(async (world) => {
      world.env['DEFAULT_COUNTRIES'] = 'IR';
      const { code } = await world.phonegate(['providers', 'send-test', '۰۹۱۲ ۰۰۰ ۰۰۰۴']);
      expect(code).toBe(0);
      expect(world.kavenegar.messages.map(({ receptor }) => receptor)).toEqual([IRANIAN]);
    }),
  );

  test(
    'prints the reason where an accepted message is not delivered, and exits with 0',
    inWorld(async (world) => {
      world.greenApi.statusesByPhone.set('77010000002', ['noAccount']);
      const { code, stdout } = await send(world, KAZAKH);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^UNDELIVERED \(noAccount\)$/m);
    }),
  );

  test(
    'exits with 1 where the provider refuses, and hides the token that the answer repeats',
    inWorld(async (world) => {
      world.greenApi.setState(null);
      const { code, stdout, stderr } = await send(world, KAZAKH);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toMatch(/^< HTTP 400 .*"path":"\/waInstance1101000001\/sendMessage\/\*\*\*"/m);
      expect(stdout).toMatch(/^Refused: channel_down \(HTTP 400: the instance is not authorized\)\.\n$/m);
      expect(stdout).not.toContain('Accepted');
    }),
  );

  test.each(['JSON', 'a form', 'a form with lower-case escapes'])(
    'hides credentials that the provider repeats in %s',
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
    'reports a provider that cannot be reached as a refusal',
    inWorld(async (world) => {
      world.env['GREEN_API_URL'] = UNREACHABLE_URL;
      const { code, stdout, stderr } = await send(world, KAZAKH);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toMatch(/^Refused: channel_down \(ECONNREFUSED\)\.$/m);
    }),
  );

  test(
    'refuses a channel that is not configured, and names the configured ones',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await refused(world, KAZAKH, '--channel', 'pigeon');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        'The channel pigeon is not configured; there are: green-api, kavenegar-verify, kavenegar-sms, melipayamak.\n',
      );
    }),
  );

  // An Indian number without its country code is a number of Iran, to which Melipayamak would send.
  test(
    'refuses a channel that does not reach the country',
    inWorld(async (world) => {
      const { code, stderr } = await refused(world, '+919120000004', '--channel', 'melipayamak');
      expect(world.melipayamak.sentTo('+989120000004')).toEqual([]);
      expect(world.melipayamak.calls).toEqual([]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/melipayamak does not reach/);
    }),
  );

  test(
    'refuses a phone that no channel reaches',
    inWorld(async (world) => {
      for (const name of Object.keys(world.env)) if (/^(GREEN|WHATSAPP|KAVENEGAR)_/.test(name)) delete world.env[name];
      world.env['ALLOWED_COUNTRIES'] = 'IR';
      const { code, stderr } = await refused(world, KAZAKH);
      expect(code).toBe(1);
      expect(stderr).toBe('No channel reaches this phone; configured: melipayamak.\n');
    }),
  );

  test.each(['+77172000000', 'nobody'])('refuses %s, which is not a mobile number', (phone) =>
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

describe('a delivery status that only a webhook reports', () => {
  // Green API does not know the messages of others.
  test(
    'is not waited for, and no other provider is asked for it',
    inWorld(async (world) => {
      await withCloud(world);
      const { code, stdout } = await world.phonegate([
        'providers',
        'send-test',
        '+77010000002',
        '--channel',
        'whatsapp-cloud',
      ]);
      expect(code).toBe(0);
      expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
        expect.stringMatching(/^Accepted, ID wamid\..+\.$/),
        'Its delivery status arrives at the webhook of the gateway, which a command does not see.',
      ]);
      expect(world.greenApi.calls).toEqual([]);
    }),
  );
});

describe('a delivery status that does not come', () => {
  test(
    'is polled no longer than the given time',
    inWorld(async (world) => {
      world.greenApi.defaultStatuses = ['sent'];
      const lines: string[] = [];
      const config = loadConfig(world.env);
      const polling = { forMs: 1_500, everyMs: 100 };
      const printLine = (line: string) => void lines.push(line);
      expect(await sendTest({ phone: '+77010000002', channel: undefined }, { config, printLine, polling })).toBe(true);
      expect(lines.filter((line) => !/^[<>]/.test(line)).slice(-2)).toEqual([
        'SENT',
        'No delivery status after 2 s: it may still arrive.',
      ]);
    }),
  );
});

describe('providers webhook', () => {
  const show = (world: World) => world.phonegate(['providers', 'webhook', 'show']);
  const set = (world: World) => world.phonegate(['providers', 'webhook', 'set']);
  const written = (world: World) =>
    world.greenApi.calls.filter(({ method }) => method === 'setsettings').map(({ body }) => body);

  test(
    'show: says that all settings are correct',
    inWorld(async (world) => {
      const { code, stdout, stderr } = await show(world);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`webhookUrl: ${world.env['PUBLIC_URL']}${WEBHOOK}\nwebhookUrlToken: (set)\n`);
      expect(stdout).toMatch(/^All settings are correct\.$/m);
    }),
  );

  test(
    'show: lists the wrong settings with reasons and the command that corrects them, exits with 1 and writes nothing',
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
    'set: writes all settings of a new instance in one call, and nothing the second time',
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
      expect(first.stdout).toMatch(/^Green API has saved them\. .*restarts.*five minutes/m);
      expect(written(world)).toEqual([
        {
          webhookUrl: `${world.env['PUBLIC_URL']}${WEBHOOK}`,
          webhookUrlToken: world.env['GREEN_API_WEBHOOK_TOKEN'],
          incomingWebhook: 'yes',
          outgoingWebhook: 'yes',
          stateWebhook: 'yes',
        },
      ]);
      expect(await set(world)).toEqual({
        code: 0,
        stdout: 'All settings were correct. Nothing was changed.\n',
        stderr: '',
      });
      expect(written(world)).toHaveLength(1);
      expect(await show(world)).toMatchObject({ code: 0 });
    }),
  );

  test(
    'set: writes only the settings that differ',
    inWorld(async (world) => {
      world.greenApi.configure({ stateWebhook: 'no', delaySendMessagesMilliseconds: 3_000, keepOnlineStatus: 'yes' });
      expect(await set(world)).toMatchObject({ code: 0 });
      expect(written(world)).toEqual([{ stateWebhook: 'yes', delaySendMessagesMilliseconds: 500 }]);
      expect(world.greenApi.settings.keepOnlineStatus).toBe('yes');
    }),
  );

  test(
    'set: ignores a slash at the end of the URL and "Bearer " before the token',
    inWorld(async (world) => {
      world.greenApi.configure({
        webhookUrl: `${world.env['PUBLIC_URL']}${WEBHOOK}/`,
        webhookUrlToken: `Bearer ${world.env['GREEN_API_WEBHOOK_TOKEN']}`,
      });
      world.env['PUBLIC_URL'] += '/';
      expect(await set(world)).toMatchObject({ code: 0, stdout: 'All settings were correct. Nothing was changed.\n' });
      expect(written(world)).toEqual([]);
    }),
  );

  test(
    'set: waits until Green API returns the settings, also while the instance restarts',
    inWorld(async (world) => {
      world.greenApi.configure({ stateWebhook: 'no' });
      world.greenApi.settingsDelayMs = 400;
      const refusing = setTimeout(() => world.greenApi.faults.set('getsettings', { status: 429, body: '' }), 150);
      const answering = setTimeout(() => world.greenApi.faults.delete('getsettings'), 300);
      const ended = await set(world);
      for (const timer of [refusing, answering]) clearTimeout(timer);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(world.greenApi.settings.stateWebhook).toBe('yes');
      const after = world.greenApi.calls.map(({ method }) => method).slice(2);
      expect(after.length).toBeGreaterThan(2);
      expect(new Set(after)).toEqual(new Set(['getsettings']));
    }),
  );

  test.each([
    [
      'none of them',
      ['incomingWebhook', 'stateWebhook'],
      /has saved none of them.*: incomingWebhook, stateWebhook\.$/m,
    ],
    ['one of two', ['stateWebhook'], /has not saved all of them.*: stateWebhook\.$/m],
  ])('set: exits with 1 where Green API confirms the settings and keeps %s', async (_, forgotten, message) =>
    inAWorld(service, async (world) => {
      world.greenApi.configure({ incomingWebhook: 'no', stateWebhook: 'no' });
      world.greenApi.forgottenSettings = new Set(forgotten);
      const polling = { forMs: 300, everyMs: 50 };
      const { code, stdout } = await phonegate(['providers', 'webhook', 'set'], { env: world.env, polling });
      expect(stdout).toMatch(message);
      expect(stdout).toContain('Green API console');
      expect(code).toBe(1);
    }),
  );

  // In a shell without PUBLIC_URL, the command would otherwise take the webhooks away from the gateway.
  test(
    'set: refuses a local PUBLIC_URL where Green API is on another machine',
    inWorld(async (world) => {
      world.env['GREEN_API_URL'] = world.greenApi.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'); // does not look local
      world.env['PUBLIC_URL'] = 'http://localhost:4000';
      const { code, stderr } = await set(world);
      expect(written(world)).toEqual([]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/PUBLIC_URL/);
    }),
  );

  test.each(['show', 'set'])('%s: prints a sentence where the token is refused', (verb) =>
    inAWorld(service, async (world) => {
      world.env['GREEN_API_TOKEN'] = 'an_old_token_of_the_instance';
      const { code, stdout, stderr } = await world.phonegate(['providers', 'webhook', verb]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      isASentence(stderr);
      expect(stderr).toContain('HTTP 401');
    }),
  );

  // Green API answers with JSON null while an instance is being created.
  test.each(['null', '[]'])('show: prints a sentence where the settings are %s', (body) =>
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
  ])('set: exits with 1 where Green API does not save the settings: $status $body', (fault) =>
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
    'show: names the missing variables where there is no account',
    inWorld(async (world) => {
      delete world.env['GREEN_API_TOKEN'];
      const { code, stderr } = await show(world);
      expect(code).toBe(1);
      isASentence(stderr);
      expect(stderr).toContain('GREEN_API_TOKEN');
    }),
  );
});
