import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { solveCaptcha } from '@phonegate/client/captcha';
import { type CaptchaServiceSimulator, startCaptchaService } from '../../simulators/captcha-service.js';
import type { Fault } from '../../simulators/serve.js';
import { type Result, requestOtp, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

const SITE_KEY = '0x4AAAAAAAsite-key_1';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => database.drop());

describe.each(['turnstile', 'hcaptcha'] as const)('%s', (service) => {
  const provider = service === 'turnstile' ? 'TURNSTILE' : 'HCAPTCHA';
  let simulator: CaptchaServiceSimulator;
  let gateway: TestGateway;
  let other: TestGateway;

  beforeAll(async () => {
    simulator = await startCaptchaService(service);
    const env = {
      DATABASE_URL: database.url,
      CAPTCHA: service,
      CAPTCHA_ASK: 'always',
      CAPTCHA_SITE_KEY: SITE_KEY,
      CAPTCHA_SECRET: simulator.secret,
      CAPTCHA_VERIFY_URL: simulator.verifyUrl,
    };
    [gateway, other] = await Promise.all([startGateway(env), startGateway(env)]);
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), other.stop()]);
    await simulator.close();
  });
  afterEach(() => {
    simulator.fault = undefined;
  });

  const request = (input: { phone: string; captcha?: string; idempotencyKey?: string }, at = gateway) =>
    requestOtp(at.graphqlUrl, input);
  async function demanded(input: { phone: string; captcha?: string }, at = gateway): Promise<Result> {
    const answer = await request(input, at);
    expect(answer).toMatchObject({ __typename: 'CaptchaRequired', provider, siteKey: SITE_KEY });
    return answer;
  }
  const isSent = (answer: Result) => expect(answer).toMatchObject({ __typename: 'OtpRequested' });

  test('a solved widget lets one request through, of fifty at once at two instances', async () => {
    const phone = somePhone();
    const { challenge } = await demanded({ phone });
    const captcha = `${challenge}.${simulator.solve({ cdata: challenge })}`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => request({ phone, captcha }, index % 2 ? gateway : other)),
    );
    expect(answers.filter(({ __typename }) => __typename === 'OtpRequested')).toHaveLength(1);
  });

  test('a token works without cData, but not with that of another challenge', async () => {
    const phone = somePhone();
    const [first, second] = [await demanded({ phone }), await demanded({ phone })];
    if (service === 'turnstile')
      await demanded({ phone, captcha: `${first.challenge}.${simulator.solve({ cdata: second.challenge })}` });
    isSent(await request({ phone, captcha: `${first.challenge}.${simulator.solve()}` }));
  });

  test('a token that the service refuses demands the captcha of the service again', async () => {
    const phone = somePhone();
    const { challenge } = await demanded({ phone });
    const used = simulator.solve();
    isSent(await request({ phone, captcha: `${challenge}.${used}` }));
    const { challenge: next } = await demanded({ phone });
    for (const token of [used, 'made-up', 'x'.repeat(5_000)]) await demanded({ phone, captcha: `${next}.${token}` });
    // One challenge cannot carry two tokens either.
    await demanded({ phone, captcha: `${challenge}.${simulator.solve()}` });
  });

  test('a challenge of another phone, or a changed one, is not shown to the service', async () => {
    const phone = somePhone();
    const { challenge } = await demanded({ phone });
    const { challenge: ofOther } = await demanded({ phone: somePhone() });
    const token = simulator.solve();
    for (const wrong of [ofOther, '', 'x', challenge.slice(1), `${challenge}=`, challenge.replace(/.$/, '~')])
      await demanded({ phone, captcha: `${wrong}.${token}` });
    for (const strange of [`${token} `, `${token}\n`, `${token}<`, ''])
      await demanded({ phone, captcha: `${challenge}.${strange}` });
    expect(simulator.calls).not.toContain(token);
    isSent(await request({ phone, captcha: `${challenge}.${token}` }));
  });

  test('a request that is repeated with its idempotency key needs no second captcha', async () => {
    const input = { phone: somePhone(), idempotencyKey: randomUUID() };
    const { challenge } = await demanded(input);
    const captcha = `${challenge}.${simulator.solve()}`;
    const first = await request({ ...input, captcha });
    isSent(first);
    expect(await request({ ...input, captcha })).toEqual(first);
  });

  test('a WhatsApp login starts with a solved widget', async () => {
    const { challenge } = await startWhatsAppLogin(gateway.graphqlUrl);
    const captcha = `${challenge}.${simulator.solve()}`;
    expect(await startWhatsAppLogin(gateway.graphqlUrl, { captcha })).toMatchObject({ __typename: 'WhatsAppLogin' });
  });

  const FAULTS: [string, Fault][] = [
    ['hangs', 'hang'],
    ['hangs up', 'hang-up'],
    ['answers 500', { status: 500, body: 'Internal Server Error' }],
    ['answers 500 with JSON', { status: 500, body: '{"success":false,"error-codes":[]}' }],
    ['answers 200 with a page', { status: 200, body: '<html>', contentType: 'text/html' }],
    ['answers 200 with other JSON', { status: 200, body: '{"success":"true"}' }],
    ['answers with an internal error', { status: 200, body: '{"success":false,"error-codes":["internal-error"]}' }],
    ['redirects', { status: 302, body: '', headers: { location: 'http://127.0.0.1:9/' } }],
    ['refuses our secret', { status: 200, body: '{"success":false,"error-codes":["invalid-input-secret"]}' }],
  ];
  describe('that fails', () => {
    test.each(FAULTS)('because it %s, is replaced by altcha, and returns when it works again', async (_, fault) => {
      const one = await startGateway({
        DATABASE_URL: database.url,
        CAPTCHA: service,
        CAPTCHA_ASK: 'always',
        CAPTCHA_SITE_KEY: SITE_KEY,
        CAPTCHA_SECRET: simulator.secret,
        CAPTCHA_VERIFY_URL: simulator.verifyUrl,
      });
      try {
        const phone = somePhone();
        const { challenge } = await demanded({ phone }, one);
        simulator.fault = fault;
        const replaced = await request({ phone, captcha: `${challenge}.${simulator.solve()}` }, one);
        expect(replaced).toMatchObject({ __typename: 'CaptchaRequired', provider: 'ALTCHA', siteKey: null });
        expect(one.log).toContainEqual(expect.objectContaining({ event: 'captcha.service_down', service }));
        expect(JSON.stringify(one.log)).not.toContain(simulator.secret);
        const captcha = (await solveCaptcha(replaced)) ?? '';

        simulator.fault = undefined;
        isSent(await request({ phone, captcha }, one));
        // A widget that was shown before the failure is verified, and so the gateway learns that the service works.
        isSent(await request({ phone, captcha: `${challenge}.${simulator.solve()}` }, one));
        await demanded({ phone }, one);
        expect(one.log).toContainEqual(expect.objectContaining({ event: 'captcha.service_up', service }));
      } finally {
        await one.stop();
      }
    });
  });
});
