import { randomUUID } from 'node:crypto';
import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { solveCaptcha } from '@phonegate/client/captcha';
import { CAPTCHA_MAX_NUMBER } from '../../src/guard/limits.js';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import {
  type Result,
  call,
  cancelLogin,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { minutePasses } from '../support/rows.js';
import { insertRows } from '../support/rows/write.js';
import { bearer } from '../support/sign-in.js';
import { signInFrom } from './attackers.js';

let database: TestDatabase;
let gateway: TestGateway;
let other: TestGateway;
let suspicion: TestGateway;
let off: TestGateway;
beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1', CAPTCHA: 'altcha' };
  [gateway, other, suspicion, off] = await Promise.all([
    startGateway({ ...env, CAPTCHA_ASK: 'always' }),
    startGateway({ ...env, CAPTCHA_ASK: 'always' }),
    startGateway(env),
    startGateway({ ...env, CAPTCHA: 'off' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, other, suspicion, off].map((one) => one.stop()));
  await database.drop();
});

let addresses = 0;
/** A client with a network of its own. */
const someAddress = () => `10.${(addresses += 1)}.0.1`;
const from = (ip: string) => ({ 'x-forwarded-for': ip });

interface Request {
  phone: string;
  ip: string;
  captcha?: string | undefined;
  idempotencyKey?: string;
}
const request = ({ ip, ...input }: Request, at = gateway) => requestOtp(at.graphqlUrl, input, from(ip));
const newRequest = () => ({ phone: somePhone(), ip: someAddress() });

async function demanded(asked: Request): Promise<Result> {
  const answer = await request(asked);
  expect(answer).toMatchObject({
    __typename: 'CaptchaRequired',
    code: 'CAPTCHA_REQUIRED',
    provider: 'ALTCHA',
    siteKey: null,
  });
  return answer;
}

const solution = async (asked: Request) => (await solveCaptcha(await demanded(asked))) ?? '';
const attemptsOf = (phone: string) => database.query('SELECT id FROM login_attempts WHERE phone = $1', [phone]);

describe('with CAPTCHA_ASK=always, a request for a code', () => {
  test('sends nothing without a captcha, and the code with its solution', async () => {
    const asked = newRequest();
    const captcha = await solution(asked);
    expect(await attemptsOf(asked.phone)).toEqual([]);
    expect(await request({ ...asked, captcha })).toMatchObject({ __typename: 'OtpRequested' });
    expect(await attemptsOf(asked.phone)).toHaveLength(1);
  });

  test('takes a solution of altcha-lib, as the widget of altcha encodes it', async () => {
    const asked = newRequest();
    const challenge = JSON.parse((await demanded(asked)).challenge) as Challenge;
    const solved = await solveChallenge({ challenge, deriveKey });
    const captcha = Buffer.from(JSON.stringify({ challenge, solution: solved })).toString('base64');
    expect(await request({ ...asked, captcha })).toMatchObject({ __typename: 'OtpRequested' });
  });

  test('takes a solution once, of fifty at once at two instances', async () => {
    const asked = newRequest();
    const captcha = await solution(asked);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => request({ ...asked, captcha }, index % 2 ? gateway : other)),
    );
    expect(answers.filter(({ __typename }) => __typename === 'OtpRequested')).toHaveLength(1);
    expect(answers.filter(({ __typename }) => __typename === 'CaptchaRequired')).toHaveLength(49);
    expect(await attemptsOf(asked.phone)).toHaveLength(1);
  });

  test('takes no solution for another phone, or from another network', async () => {
    const asked = newRequest();
    const captcha = await solution(asked);
    await demanded({ ...asked, captcha, phone: somePhone() });
    await demanded({ ...asked, captcha, ip: someAddress() });
    expect(await request({ ...asked, captcha })).toMatchObject({ __typename: 'OtpRequested' });
  });

  test('takes a solution for another spelling of the phone, and from the same IPv6 network', async () => {
    const asked = { phone: '+77010000002', ip: '2001:db8:1:2::1' };
    const captcha = await solution(asked);
    const spelled = { phone: '8 701 000 00 02', ip: '2001:db8:1:2:ffff::9', captcha };
    expect(await request(spelled)).toMatchObject({ __typename: 'OtpRequested' });
  });

  test('takes no solution that was changed, or that is none', async () => {
    const asked = newRequest();
    const solved = JSON.parse(await solution(asked)) as {
      challenge: { parameters: Record<string, unknown>; signature: string };
      solution: { counter: number; derivedKey: string };
    };
    const { challenge, solution: found } = solved;
    const later = { ...challenge, parameters: { ...challenge.parameters, expiresAt: 4_000_000_000 } };
    const upper = { ...challenge, signature: challenge.signature.toUpperCase() };
    for (const captcha of [
      '',
      'x',
      '{',
      'null',
      'a.b',
      '{"challenge":{}}',
      'x'.repeat(20_000),
      JSON.stringify({ challenge: later, solution: found }),
      JSON.stringify({ challenge: upper, solution: found }),
      JSON.stringify({ challenge: { parameters: challenge.parameters }, solution: found }),
      JSON.stringify({ challenge, solution: { ...found, counter: found.counter - 1 } }),
      JSON.stringify({ challenge, solution: { ...found, counter: 2 ** 40 } }),
      JSON.stringify({ challenge, solution: { ...found, derivedKey: '00' } }),
      JSON.stringify({ challenge }),
    ])
      await demanded({ ...asked, captcha });
    expect(await request({ ...asked, captcha: JSON.stringify(solved) })).toMatchObject({ __typename: 'OtpRequested' });
  });

  test('tells the challenge that it expires in five minutes', async () => {
    const { parameters } = JSON.parse((await demanded(newRequest())).challenge) as Challenge;
    expect(parameters.expiresAt).toBeGreaterThan(Date.now() / 1000 + 290);
    expect(parameters.expiresAt).toBeLessThanOrEqual(Date.now() / 1000 + 300);
  });

  test('needs no second captcha when it is repeated with its idempotency key', async () => {
    const asked = { ...newRequest(), idempotencyKey: randomUUID() };
    const captcha = await solution(asked);
    const first = await request({ ...asked, captcha });
    expect(first.__typename).toBe('OtpRequested');
    expect(await request({ ...asked, captcha }, other)).toEqual(first);
    expect(await request(asked)).toEqual(first);
    await demanded({ ...asked, idempotencyKey: randomUUID(), captcha });
  });

  test.each(LOCALES)('gets a text in %s', async (locale) => {
    const { phone, ip } = newRequest();
    const { message } = await requestOtp(gateway.graphqlUrl, { phone, locale }, from(ip));
    expect(message).toBe(messagesIn(locale).errors.CAPTCHA_REQUIRED);
  });
});

test('with CAPTCHA_ASK=always, a WhatsApp login starts once for each captcha, from the same network', async () => {
  const ip = someAddress();
  const start = (captcha?: string, at = ip) => startWhatsAppLogin(gateway.graphqlUrl, { captcha }, from(at));
  const captcha = await solveCaptcha(await start());
  expect(await start(captcha, someAddress())).toMatchObject({ __typename: 'CaptchaRequired' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => start(captcha)));
  expect(answers.map(({ __typename }) => __typename).filter((name) => name === 'WhatsAppLogin')).toHaveLength(1);
});

test('a solution for a code does not start a WhatsApp login', async () => {
  const asked = newRequest();
  const captcha = await solution(asked);
  expect(await startWhatsAppLogin(gateway.graphqlUrl, { captcha }, from(asked.ip))).toMatchObject({
    __typename: 'CaptchaRequired',
  });
});

describe('a client that is under suspicion, because half of a budget is spent,', () => {
  const ask = async (asked: Request) => {
    const answer = await request(asked, suspicion);
    if (answer.__typename === 'OtpRequested') await cancelLogin(suspicion.graphqlUrl, answer);
    await minutePasses(database, asked.phone);
    return answer.__typename;
  };
  const solved = async (asked: Request) => {
    const answer = await request(asked, suspicion);
    expect(answer.__typename).toBe('CaptchaRequired');
    return ask({ ...asked, captcha: (await solveCaptcha(answer)) ?? '' });
  };

  test('is asked after five unused codes of its phone, from any address, and gets a code with the solution', async () => {
    const phone = somePhone();
    for (let round = 0; round < 5; round += 1) expect(await ask({ phone, ip: someAddress() })).toBe('OtpRequested');
    expect(await solved({ phone, ip: someAddress() })).toBe('OtpRequested');
    expect(await ask({ phone, ip: someAddress() })).toBe('CaptchaRequired');
  });

  test('is asked after five unused codes of its address, for any phone', async () => {
    const ip = '198.51.100.77';
    for (let round = 0; round < 5; round += 1) expect(await ask({ phone: somePhone(), ip })).toBe('OtpRequested');
    expect(await solved({ phone: somePhone(), ip })).toBe('OtpRequested');
  });

  test('is not asked on a known device, whatever strangers do', async () => {
    const phone = somePhone();
    const sent = await request({ phone, ip: someAddress() }, suspicion);
    const code = suspicion.codeOf(sent.attemptId);
    const { deviceToken } = await verifyOtp(suspicion.graphqlUrl, { ...sent, code });
    for (let round = 0; round < 5; round += 1) await ask({ phone, ip: someAddress() });
    expect(await ask({ phone, ip: someAddress() })).toBe('CaptchaRequired');
    const own = await requestOtp(suspicion.graphqlUrl, { phone, deviceToken }, from(someAddress()));
    expect(own.__typename).toBe('OtpRequested');
  });
});

describe('a change of phone', () => {
  /** A user who is signed in, and requests codes for new phones from a network of its own. */
  async function signedIn(on: TestGateway) {
    const session = await signInFrom({ on, ip: someAddress() }, somePhone());
    const headers = { ...bearer(session.gatewayToken), ...from(someAddress()) };
    return async (phone: string, captcha?: string): Promise<Result> => {
      const { data } = await call<{ requestPhoneChange: Result }>(
        { url: on.graphqlUrl, headers },
        'mutation ($input: RequestOtpInput!) { requestPhoneChange(input: $input) { __typename ... on CaptchaRequired { provider challenge } ... on OtpRequested { attemptId secret } } }',
        { input: { phone, ...(captcha && { captcha }) } },
      );
      return data.requestPhoneChange;
    };
  }

  test('has the limits of a client without a captcha: after five unused codes of its address it is asked one, and gets a code with the solution', async () => {
    const requestChange = await signedIn(suspicion);
    const types: string[] = [];
    for (let index = 0; index < 6; index += 1) types.push((await requestChange(somePhone())).__typename);
    expect(types).toEqual([...Array.from({ length: 5 }, () => 'OtpRequested'), 'CaptchaRequired']);
    const phone = somePhone();
    const captcha = await solveCaptcha({ ...(await requestChange(phone)), siteKey: null });
    expect((await requestChange(phone, captcha)).__typename).toBe('OtpRequested');
  });

  test('is refused after ten unused codes of its address with CAPTCHA=off', async () => {
    const requestChange = await signedIn(off);
    const types: string[] = [];
    for (let index = 0; index < 11; index += 1) types.push((await requestChange(somePhone())).__typename);
    expect(types).toEqual([...Array.from({ length: 10 }, () => 'OtpRequested'), 'RateLimited']);
  });

  test('needs no captcha with CAPTCHA_ASK=always, because the user has just signed in', async () => {
    const asked = newRequest();
    const attempt = await request({ ...asked, captcha: await solution(asked) });
    const session = await verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
    const { data } = await call<{ requestPhoneChange: Result }>(
      { url: gateway.graphqlUrl, headers: { ...bearer(session.gatewayToken), ...from(someAddress()) } },
      'mutation ($input: RequestOtpInput!) { requestPhoneChange(input: $input) { __typename } }',
      { input: { phone: somePhone() } },
    );
    expect(data.requestPhoneChange.__typename).toBe('OtpRequested');
  });
});

test('without suspicion, and with CAPTCHA=off, nobody is asked', async () => {
  for (const one of [suspicion, off]) {
    const { phone, ip } = newRequest();
    expect(await requestOtp(one.graphqlUrl, { phone }, from(ip))).toMatchObject({ __typename: 'OtpRequested' });
    expect(await startWhatsAppLogin(one.graphqlUrl, {}, from(ip))).toMatchObject({ __typename: 'WhatsAppLogin' });
  }
});

describe('the work', () => {
  /** The counter that was searched for, as a multiple of CAPTCHA_MAX_NUMBER: from half of its limit up to the limit. */
  const workOf = async (asked: Request) =>
    (JSON.parse(await solution(asked)) as { solution: { counter: number } }).solution.counter / CAPTCHA_MAX_NUMBER;

  const solvedBefore = async (count: number, row: { phoneHash: Buffer | null; networkHash: Buffer }) => {
    const rows = Array.from({ length: count }, () => ({ id: Buffer.from(randomUUID()), ...row }));
    await insertRows(database, 'captcha_solutions', rows);
  };
  const hashesOf = async (asked: Request) => {
    const captcha = await solution(asked);
    await request({ ...asked, captcha });
    const [row] = await database.query<{ phone_hash: Buffer; network_hash: Buffer }>(
      'SELECT phone_hash, network_hash FROM captcha_solutions ORDER BY solved_at DESC LIMIT 1',
    );
    if (!row) throw new Error('No solution was stored');
    return row;
  };

  test('doubles with each captcha that was solved for the phone within an hour, up to a limit', async () => {
    const asked = newRequest();
    const first = await workOf(asked);
    expect(first).toBeGreaterThanOrEqual(0.5);
    expect(first).toBeLessThanOrEqual(1);
    const { phone_hash: phoneHash } = await hashesOf(asked);
    const elsewhere = () => ({ ...asked, ip: someAddress() });
    const second = await workOf(elsewhere());
    expect(second).toBeGreaterThanOrEqual(1);
    expect(second).toBeLessThanOrEqual(2);
    await solvedBefore(30, { phoneHash, networkHash: Buffer.from('another') });
    const most = await workOf(elsewhere());
    expect(most).toBeGreaterThanOrEqual(8);
    expect(most).toBeLessThanOrEqual(16);
    await database.query(
      `UPDATE captcha_solutions SET solved_at = now() - interval '61 minutes' WHERE phone_hash = $1`,
      [phoneHash],
    );
    expect(await workOf(elsewhere())).toBeLessThanOrEqual(1);
  }, 60_000);

  test('of a challenge that was fetched in advance does not count when a new one is harder by more than one doubling', async () => {
    const asked = newRequest();
    const inAdvance = [];
    for (let index = 0; index < 6; index += 1) inAdvance.push(await solution(asked));
    const types = [];
    for (const captcha of inAdvance) {
      const answer = await request({ ...asked, captcha });
      if (answer.__typename === 'OtpRequested') await cancelLogin(gateway.graphqlUrl, answer);
      await minutePasses(database, asked.phone);
      types.push(answer.__typename);
    }
    expect(types).toEqual(['OtpRequested', 'OtpRequested', ...Array.from({ length: 4 }, () => 'CaptchaRequired')]);
    expect(await workOf(asked)).toBeGreaterThanOrEqual(2);
    expect((await request({ ...asked, captcha: await solution(asked) })).__typename).toBe('OtpRequested');
  }, 60_000);

  test('cannot be lowered: the solution of an easy challenge does not count with the parameters of a hard one', async () => {
    const asked = newRequest();
    const { phone_hash: phoneHash } = await hashesOf(asked);
    const easy = JSON.parse(await solution({ ...asked, ip: someAddress() })) as { solution: object };
    await solvedBefore(4, { phoneHash, networkHash: Buffer.from('another') });
    const ip = someAddress();
    const hard = JSON.parse((await demanded({ ...asked, ip })).challenge) as Challenge;
    const captcha = JSON.stringify({ challenge: hard, solution: easy.solution });
    expect((await request({ ...asked, ip, captcha })).__typename).toBe('CaptchaRequired');
  }, 60_000);

  test('doubles with each twenty that were solved from the network', async () => {
    const asked = newRequest();
    const { network_hash: networkHash } = await hashesOf(asked);
    const another = () => ({ ...asked, phone: somePhone() });
    await solvedBefore(18, { phoneHash: null, networkHash });
    expect(await workOf(another())).toBeLessThanOrEqual(1);
    await solvedBefore(1, { phoneHash: null, networkHash });
    expect(await workOf(another())).toBeGreaterThanOrEqual(1);
  });
});

test('no row of the captchas contains a phone or an IP address', async () => {
  const asked = newRequest();
  await request({ ...asked, captcha: await solution(asked) });
  const rows = await database.query<{ row: string }>('SELECT row_to_json(s)::text AS row FROM captcha_solutions s');
  expect(rows.length).toBeGreaterThan(0);
  const hex = (text: string) => Buffer.from(text).toString('hex');
  for (const { row } of rows)
    for (const secret of [asked.phone, asked.ip, hex(asked.phone), hex(asked.ip)]) expect(row).not.toContain(secret);
});
