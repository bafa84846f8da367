import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deliverWebhook, incomingText, somePhone, verifyOtp } from '../support/calls.js';
import { eventually } from './support/eventually.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { allowResend as ageResend, deleteAttempt } from '../support/rows.js';
import {
  alert,
  askForCode,
  button,
  codeField,
  focused,
  holds,
  internationally,
  phoneField,
  says,
  signedIn,
  startWhatsApp,
  typeCode,
} from './support/steps.js';
import { BEHIND_PROXY, NO_NETWORK, type Visit, openLogin } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let careful: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, ...BEHIND_PROXY, WHATSAPP_NUMBER: '77010000001' };
  [gateway, careful] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, WHATSAPP_CONFIRMATION: 'always' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, careful].map((one) => one.stop()));
  await database.drop();
});

const write = async (text: string, sender = somePhone(), on = gateway) =>
  expect(await deliverWebhook(on.url, incomingText(text, sender))).toBe(200);
const times = ({ sent }: Visit, operation: string) => sent.filter((one) => one === operation).length;
const waiting = (visit: Visit) => says(visit, visit.texts.whatsapp.waiting);

describe('a reload continues', () => {
  test.concurrent('with the code that is on its way', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const { attemptId } = await askForCode(visit, phone);
    await visit.page.reload();
    await says(visit, internationally(phone));
    await typeCode(visit, gateway.codeOf(attemptId));
    await signedIn(visit);
    await visit.page.reload();
    await signedIn(visit);
    expect(times(visit, 'RequestOtp')).toBe(1);
  });

  test.concurrent('with the QR code, and with its confirmation', async ({ onTestFinished }) => {
    const visit = await openLogin(careful, onTestFinished);
    const { loginMessage } = await startWhatsApp(visit);
    await visit.page.reload();
    await says(visit, loginMessage);
    const phone = somePhone();
    await write(loginMessage, phone, careful);
    const number = visit.page.locator('.phonegate-confirmation');
    const shown = await number.innerText();
    await visit.page.reload();
    await holds(number, shown);
    await write(shown.trim(), phone, careful);
    await signedIn(visit);
    expect(times(visit, 'StartWhatsAppLogin')).toBe(1);
  });
});

describe('the back button', () => {
  test.concurrent('and the forward button move between the steps without a new request', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const { attemptId } = await askForCode(visit, phone);
    await visit.page.goBack();
    await phoneField(visit).waitFor();
    expect(await phoneField(visit).inputValue()).toBe(phone);
    await visit.page.goForward();
    await codeField(visit).waitFor();
    await visit.page.goBack();
    // The same number in another spelling: the code that was sent is still valid.
    await phoneField(visit).fill(`${phone.slice(0, 5)} ${phone.slice(5, 8)}-${phone.slice(8)}`);
    await button(visit, visit.texts.sendCode).click();
    await typeCode(visit, gateway.codeOf(attemptId));
    await signedIn(visit);
    expect(times(visit, 'RequestOtp')).toBe(1);
  });

  test.concurrent('leads from the QR code to the phone, and the same QR code is shown again', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const { loginMessage } = await startWhatsApp(visit);
    await waiting(visit);
    await visit.page.goBack();
    await button(visit, visit.texts.withWhatsApp).click();
    await says(visit, loginMessage);
    // The message also signs in while another step is shown.
    await visit.page.goBack();
    await phoneField(visit).waitFor();
    await write(loginMessage);
    await signedIn(visit);
    expect(times(visit, 'StartWhatsAppLogin')).toBe(1);
  });

  test.concurrent('followed by another number cancels the code that was sent to the first one', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const mistyped = await askForCode(visit, somePhone());
    await visit.page.goBack();
    const phone = somePhone();
    const meant = await askForCode(visit, phone);
    await says(visit, internationally(phone));
    await eventually(() => expect(times(visit, 'CancelLogin')).toBe(1));
    await eventually(async () => {
      const [row] = await database.query<{ status: string }>('SELECT status FROM login_attempts WHERE id = $1', [
        mistyped.attemptId,
      ]);
      expect(row?.status).toBe('CANCELED');
    });
    await typeCode(visit, gateway.codeOf(meant.attemptId));
    await signedIn(visit);
  });
});

test.concurrent('a double click requests one code', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished);
  await phoneField(visit).fill(somePhone());
  await button(visit, visit.texts.sendCode).dblclick();
  await codeField(visit).waitFor();
  expect(times(visit, 'RequestOtp')).toBe(1);
});

describe('a second tab', () => {
  test.concurrent('shows the same attempt, and is signed in and out with the first', async ({ onTestFinished }) => {
    const first = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const { attemptId } = await askForCode(first, phone);
    const second = await first.newTab();
    await says(second, internationally(phone));
    await typeCode(second, gateway.codeOf(attemptId));
    await Promise.all([signedIn(first), signedIn(second)]);
    await button(first, first.texts.account.signOut).click();
    await Promise.all([phoneField(first).waitFor(), phoneField(second).waitFor()]);
  });

  test.concurrent('that was open already shows the attempt of the first, and is signed in with it', async ({
    onTestFinished,
  }) => {
    const first = await openLogin(gateway, onTestFinished);
    const second = await first.newTab();
    await phoneField(second).waitFor();
    const { loginMessage } = await startWhatsApp(first);
    await says(second, loginMessage);
    await write(loginMessage);
    await Promise.all([signedIn(first), signedIn(second)]);
  });
});

describe('without a network', () => {
  const offline = { expects: [NO_NETWORK] };

  test.concurrent('a message that is sent meanwhile signs in as soon as the network is back', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished, offline);
    const { loginMessage } = await startWhatsApp(visit);
    await waiting(visit);
    await visit.context.setOffline(true);
    await says(visit, visit.texts.offline);
    await write(loginMessage);
    await visit.context.setOffline(false);
    await signedIn(visit);
  });

  /** Holds back the answer to an operation until the gateway has given it, and loses it with the network. */
  async function loseAnswer(visit: Visit, operation: string): Promise<() => number> {
    let lost = 0;
    await visit.page.route('**/graphql', async (route) => {
      if (lost > 0 || !route.request().postData()?.includes(`mutation ${operation}`)) return route.fallback();
      lost += 1;
      await route.fetch();
      await visit.context.setOffline(true);
      await route.abort('connectionreset');
    });
    return () => lost;
  }

  const waitsForNetwork = async (visit: Visit) => {
    await button(visit, visit.texts.waitingForNetwork).waitFor();
    await says(visit, visit.texts.offline);
    await holds(alert(visit), /^$/);
  };

  test.concurrent('what the user sends waits, and is sent once as soon as the network is back', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished, {
      ...offline,
      prepare: (context) => context.clock.install(),
    });
    const { context, page, texts } = visit;
    await phoneField(visit).fill(somePhone());
    await context.setOffline(true);
    await button(visit, texts.sendCode).click();
    await waitsForNetwork(visit);
    await button(visit, texts.waitingForNetwork).click({ force: true }); // an impatient user
    const { attemptId } = await visit.answerTo('RequestOtp', () => context.setOffline(false));
    await codeField(visit).waitFor();

    await ageResend(database, attemptId);
    await page.clock.fastForward('01:01');
    await button(visit, texts.sendAgain).waitFor();
    await context.setOffline(true);
    await button(visit, texts.sendAgain).click();
    await waitsForNetwork(visit);
    await visit.answerTo('ResendOtp', () => context.setOffline(false));
    await button(visit, texts.sendAgain).waitFor({ state: 'detached' });

    await context.setOffline(true);
    await button(visit, texts.withWhatsApp).click();
    await waitsForNetwork(visit);
    await visit.answerTo('StartWhatsAppLogin', () => context.setOffline(false));
    await waiting(visit);
    await page.goBack();

    await codeField(visit).waitFor();
    await context.setOffline(true);
    await typeCode(visit, gateway.codeOf(attemptId));
    await waitsForNetwork(visit);
    await context.setOffline(false);
    await signedIn(visit);
    expect(
      ['RequestOtp', 'ResendOtp', 'StartWhatsAppLogin', 'VerifyOtp'].map((operation) => times(visit, operation)),
    ).toEqual([1, 1, 1, 1]);
  });

  test.concurrent('what the user cancels or changes is not sent', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, offline);
    const { context, texts } = visit;
    await phoneField(visit).fill(somePhone());
    await context.setOffline(true);
    await button(visit, texts.sendCode).click();
    await waitsForNetwork(visit);
    await button(visit, texts.cancel).click();
    await button(visit, texts.sendCode).waitFor();
    expect(await focused(visit)).toBe(texts.sendCode);
    await button(visit, texts.withWhatsApp).click();
    await waitsForNetwork(visit);
    const phone = somePhone();
    await phoneField(visit).fill(phone);
    await button(visit, texts.sendCode).waitFor();
    await context.setOffline(false);
    await askForCode(visit, phone);
    await says(visit, internationally(phone));
    expect([times(visit, 'RequestOtp'), times(visit, 'StartWhatsAppLogin')]).toEqual([1, 0]);
  });

  test.concurrent('a code whose message may have been sent is not requested again by itself, nor promised', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished, offline);
    const { context, texts } = visit;
    const lost = await loseAnswer(visit, 'RequestOtp');
    await phoneField(visit).fill(somePhone());
    await button(visit, texts.sendCode).click();
    await holds(alert(visit), texts.noNetwork);
    expect(await visit.page.getByText(texts.offline).count()).toBe(0);
    await context.setOffline(false);
    await visit.answerTo('RequestOtp', () => button(visit, texts.sendCode).click());
    await codeField(visit).waitFor();
    // The client itself repeats the request once, with the same key, while the network is away. The third is the user's.
    expect([lost(), times(visit, 'RequestOtp')]).toEqual([1, 3]);
  });

  test.concurrent('the right code whose answer was lost with the network signs in once it is back', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished, {
      ...offline,
      prepare: (context) => context.routeWebSocket('**/graphql', () => {}),
    });
    // Nothing but the repeated code tells of the session.
    await visit.page.route('**/graphql', (route) =>
      /(subscription|query) LoginAttempt/.test(route.request().postData() ?? '') ? route.abort() : route.fallback(),
    );
    const { attemptId } = await askForCode(visit, somePhone());
    const lost = await loseAnswer(visit, 'VerifyOtp');
    await typeCode(visit, gateway.codeOf(attemptId));
    await waitsForNetwork(visit);
    await visit.context.setOffline(false);
    await signedIn(visit);
    expect(lost()).toBe(1);
    const sessions = await database.query(
      'SELECT 1 FROM sessions s JOIN login_attempts a ON a.user_id = s.user_id WHERE a.id = $1',
      [attemptId],
    );
    expect(sessions).toHaveLength(1);
  });

  test.concurrent('another language can be chosen', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, offline);
    await phoneField(visit).waitFor();
    await visit.context.setOffline(true);
    await button(visit, 'Русский').click();
    await visit.page.getByLabel('Номер телефона').waitFor();
  });

  test.concurrent('a lost answer to the right code still signs in', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, offline);
    const attempt = await askForCode(visit, somePhone());
    const code = gateway.codeOf(attempt.attemptId);
    let lost = 0;
    await visit.page.route('**/graphql', async (route) => {
      if (lost > 0 || !route.request().postData()?.includes('mutation VerifyOtp')) return route.continue();
      lost += 1;
      expect(await verifyOtp(gateway.graphqlUrl, { ...attempt, code })).toMatchObject({ __typename: 'Session' });
      await route.abort('connectionreset');
    });
    await typeCode(visit, code);
    await signedIn(visit);
    expect(lost).toBe(1);
    const sessions = await database.query(
      'SELECT 1 FROM sessions s JOIN login_attempts a ON a.user_id = s.user_id WHERE a.id = $1',
      [attempt.attemptId],
    );
    expect(sessions).toHaveLength(1);
  });

  test.concurrent('or with blocked WebSockets the page watches by another transport', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, {
      expects: [NO_NETWORK],
      prepare: (context) => context.routeWebSocket('**/graphql', (socket) => void socket.close()),
    });
    const { loginMessage } = await startWhatsApp(visit);
    await eventually(() => expect(visit.sent).toContain('LoginAttemptStatus'));
    await write(loginMessage);
    await signedIn(visit);
  });
});

test.concurrent('the page starts again when the gateway no longer has the attempt', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished);
  const { attemptId } = await askForCode(visit, somePhone());
  await deleteAttempt(database, attemptId);
  await visit.page.reload();
  await phoneField(visit).waitFor();
});

test.concurrent('a WhatsApp message that arrives during the request for a code signs in', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished);
  const { attemptId, loginMessage } = await startWhatsApp(visit);
  await waiting(visit);
  await button(visit, visit.texts.withCode).click();
  // The request is held back until the message has arrived, and refused then.
  let refuse = () => {};
  const asked = new Promise<void>((resolve) => {
    void visit.page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('RequestOtp')) return route.continue();
      resolve();
      await new Promise<void>((answer) => (refuse = answer));
      await route.continue();
    });
  });
  await phoneField(visit).fill('123');
  await button(visit, visit.texts.sendCode).click();
  await asked;
  await write(loginMessage);
  await eventually(async () =>
    expect(
      await database.query("SELECT 1 FROM login_attempts WHERE id = $1 AND status = 'COMPLETED'", [attemptId]),
    ).toHaveLength(1),
  );
  refuse();
  await signedIn(visit);
});

test.concurrent('a reload keeps the attempt on a device whose clock is ten minutes ahead', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished, {
    prepare: async (context) => {
      await context.addInitScript(() => {
        const real = Date.now;
        Date.now = () => real() + 600_000;
      });
    },
  });
  const phone = somePhone();
  const { attemptId } = await askForCode(visit, phone);
  await visit.page.reload();
  await says(visit, internationally(phone));
  await typeCode(visit, gateway.codeOf(attemptId));
  await signedIn(visit);
});

test.concurrent('an attempt that is over leaves no phone number and no secret in storage', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished);
  const kept = () =>
    visit.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('phonegate:login')).length);
  await askForCode(visit, somePhone());
  expect(await kept()).toBe(1);
  await visit.page.evaluate(() => {
    for (const key of Object.keys(localStorage)) {
      const { code, ...rest } = JSON.parse(localStorage.getItem(key) ?? '{}') as { code?: { expiresAt: number } };
      if (code) localStorage.setItem(key, JSON.stringify({ ...rest, code: { ...code, expiresAt: Date.now() - 1 } }));
    }
  });
  await visit.page.reload();
  await phoneField(visit).waitFor();
  expect(await phoneField(visit).inputValue()).toBe('');
  expect(await kept()).toBe(0);
});
