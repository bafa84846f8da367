import { randomUUID } from 'node:crypto';
import type { Answer, Client } from './api.js';
import { ROUTES } from './gateway.js';
import type { Person } from './people.js';
import { problemOf } from './problems.js';
import { PROVIDER_OF } from './providers.js';
import { countReason, type Tally } from './tally.js';
import { type Attempt, type World, mutateSolving, readAttempt } from './world.js';

/** How people behave. Probabilities of a sign-in, and seconds. */
const GIVES_UP = 0.06;
const MISTYPES_PHONE = 0.03;
const MISTYPES_CODE = 0.05;
const READS_SLOWLY = 0.05;
const LOSES_ANSWER = 0.01;
const LOSES_RECEIPT = 0.03;
const USES_KNOWN_DEVICE = 0.85;
const STARTS_BY_WHATSAPP = 0.08;
const KEEPS_TOKENS = 4;
/** Nobody waits longer than this for a limit, or for a code. */
const PATIENCE_SECONDS = 600;
const WAITS_FOR_CODE_MS = 60_000;
const RESENDS = 3;

/** One sign-in of one person, from the first tap until the session. */
export interface SignIn {
  person: Person;
  client: Client;
  /** The token of the device, if it has signed in before. */
  deviceToken: string | undefined;
  tally: Tally;
  startedAt: number;
  met: { refusal: boolean; captcha: boolean };
  /** What the client was answered, with the seconds since it began. */
  trail: string[];
}

export type Outcome = 'succeeded' | 'gave up' | 'failed';

/** An honest person signs in. It is counted in the scenario in which it began. */
export async function signInHonestly(person: Person, world: World): Promise<void> {
  const { random, clock } = world;
  const tally = world.tally();
  const deviceToken = random.chance(USES_KNOWN_DEVICE) ? person.devices.at(-1 - random.integer(2)) : undefined;
  const signIn = begin(person, { world, tally, deviceToken });
  if (random.chance(LOSES_RECEIPT)) world.lostReceipts.add(person.phone);
  const outcome = await attempt(signIn, world);
  world.lostReceipts.delete(person.phone);
  if (outcome === 'gave up') {
    tally.gaveUp += 1;
    return;
  }
  tally.honest += 1;
  tally.refused += signIn.met.refusal ? 1 : 0;
  tally.captcha += signIn.met.captcha ? 1 : 0;
  if (outcome !== 'succeeded' || signIn.met.refusal || signIn.met.captcha)
    world.problems.push(problemOf({ signIn, outcome, now: clock.now() }));
  if (outcome !== 'succeeded') {
    if (!isReachable(person, world)) tally.unreachable += 1;
    return;
  }
  tally.succeeded += 1;
  tally.seconds.push((clock.now() - signIn.startedAt) / 1000);
}

/** Whether a provider that works reaches the phone, by the routes of the simulation. */
const isReachable = ({ country, hasWhatsApp }: Person, { providers }: World): boolean =>
  ROUTES[country].some(
    (channel) => (hasWhatsApp || channel !== 'green-api') && !providers.isDown(PROVIDER_OF[channel]),
  );

export function begin(
  person: Person,
  { world, tally, deviceToken }: { world: World; tally: Tally; deviceToken: string | undefined },
): SignIn {
  const met = { refusal: false, captcha: false };
  return {
    person,
    client: person.client(world.random),
    deviceToken,
    tally,
    startedAt: world.clock.now(),
    met,
    trail: [],
  };
}

async function attempt(signIn: SignIn, world: World): Promise<Outcome> {
  const { random, clock } = world;
  const { person } = signIn;
  if (random.chance(MISTYPES_PHONE)) {
    // Somebody else gets this code, or nobody. The person notices it while waiting.
    await requestCode(signIn, mistyped(person.phone, random.integer(9)), world);
    await clock.sleep(1000 * random.around(25));
  }
  if (person.hasWhatsApp && random.chance(STARTS_BY_WHATSAPP) && (await signInByWhatsApp(signIn, world)))
    return 'succeeded';
  return signInByCode(signIn, world, { givesUp: random.chance(GIVES_UP) });
}

/** Replaces the last digit of a phone. */
const mistyped = (phone: string, shift: number) => phone.slice(0, -1) + ((Number(phone.at(-1)) + 1 + shift) % 10);

/** Requests a code and types it. Asks again if none arrives. */
export async function signInByCode(signIn: SignIn, world: World, { givesUp = false } = {}): Promise<Outcome> {
  const { clock, random, inbox, codesFor } = world;
  const { person, tally } = signIn;
  let since = clock.now() - 1;
  const codesBefore = codesFor(person.phone);
  let open = await requestCode(signIn, person.phone, world);
  if (!open) return 'failed';
  if (givesUp) return 'gave up';
  for (let resends = 0; ; resends += 1) {
    const code = await inbox.wait(person.phone, { since, ms: WAITS_FOR_CODE_MS });
    if (code !== undefined) {
      await clock.sleep(1000 * (random.chance(READS_SLOWLY) ? random.between(45, 150) : random.around(7)));
      const result = await typeCode(signIn, { open, code, since }, world);
      if (result !== 'ask again') return result;
      open = await requestCode(signIn, person.phone, world);
      if (!open) return 'failed';
      since = clock.now() - 1;
      continue;
    }
    if (resends === RESENDS) {
      const blocked = codesFor(person.phone) === codesBefore;
      if (blocked) signIn.met.refusal = true;
      countReason(tally, blocked ? 'the code was not sent' : 'no code arrived');
      return 'failed';
    }
    await clock.sleep(Math.max(0, open.resendAt - clock.now()) + 1000 * random.between(1, 8));
    const again = await askPolitely(signIn, { name: 'resendOtp', input: pick(open) }, world);
    if (again?.__typename === 'OtpRequested') open = { ...open, resendAt: readAttempt(again).resendAt };
    else if (again?.__typename === 'AttemptClosed') open = (await requestCode(signIn, person.phone, world)) ?? open;
  }
}

const pick = ({ attemptId, secret }: Attempt) => ({ attemptId, secret });

async function typeCode(
  signIn: SignIn,
  { open, code, since }: { open: Attempt; code: string; since: number },
  world: World,
): Promise<Outcome | 'ask again'> {
  const { random, clock, inbox } = world;
  const { person, tally } = signIn;
  const verify = (typed: string) =>
    askPolitely(
      signIn,
      { name: 'verifyOtp', input: { ...pick(open), code: typed, deviceToken: signIn.deviceToken } },
      world,
    );
  if (random.chance(MISTYPES_CODE)) {
    await verify(code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10));
    await clock.sleep(1000 * random.around(6));
  }
  let answer = await verify(code);
  // Codes that others have requested for the phone come too. Nothing in a message says which is whose.
  const tried = [code];
  while (answer?.__typename === 'IncorrectCode' && Number(answer['triesLeft']) > 0) {
    const other = await inbox.wait(person.phone, { since, ms: WAITS_FOR_CODE_MS, tried });
    if (other === undefined) break;
    tried.push(other);
    await clock.sleep(1000 * random.around(6));
    answer = await verify(other);
  }
  if (answer?.__typename === 'Session' && random.chance(LOSES_ANSWER)) {
    await clock.sleep(4_000);
    answer = await verify(tried.at(-1) as string); // the answer was lost: the page repeats the request
  }
  if (answer?.__typename === 'Session') {
    keepToken(person, answer);
    return 'succeeded';
  }
  if (answer?.__typename === 'AttemptClosed' || answer?.__typename === 'IncorrectCode') {
    if (clock.now() - signIn.startedAt < PATIENCE_SECONDS * 1000) return 'ask again';
  }
  countReason(tally, `verifyOtp: ${answer?.__typename ?? 'no patience'}`);
  return 'failed';
}

async function requestCode(signIn: SignIn, phone: string, world: World): Promise<Attempt | undefined> {
  const { random, clock } = world;
  const input = { phone, deviceToken: signIn.deviceToken, idempotencyKey: randomUUID() };
  for (let tries = 0; tries < 3; tries += 1) {
    let answer = await askPolitely(signIn, { name: 'requestOtp', input }, world);
    if (random.chance(LOSES_ANSWER)) answer = await askPolitely(signIn, { name: 'requestOtp', input }, world);
    if (answer?.__typename === 'OtpRequested') return readAttempt(answer);
    if (answer?.__typename !== 'DeliveryFailed') {
      if (phone === signIn.person.phone)
        countReason(signIn.tally, `requestOtp: ${answer?.__typename ?? 'no patience'}`);
      return undefined;
    }
    await clock.sleep(1000 * random.around(15));
    input.idempotencyKey = randomUUID();
  }
  countReason(signIn.tally, 'requestOtp: DeliveryFailed');
  return undefined;
}

/** Solves a captcha, and waits for a limit if it is short. @returns undefined when the person has no patience left */
async function askPolitely(
  signIn: SignIn,
  { name, input }: { name: string; input: Record<string, unknown> },
  world: World,
): Promise<Answer | undefined> {
  const { clock, random } = world;
  const solve = async () => {
    signIn.met.captcha = true;
    await clock.sleep(1000 * random.between(1, 4));
    return true;
  };
  for (;;) {
    const answer = await mutateSolving({ name, input, client: signIn.client, solve }, world);
    signIn.trail.push(`${Math.round((clock.now() - signIn.startedAt) / 1000)} ${name} ${answer.__typename}`);
    const { __typename, retryAfterSeconds = 60 } = answer;
    if (__typename === 'PhoneNotAllowed' || __typename === 'CaptchaRequired' || __typename === 'HttpError')
      signIn.met.refusal = true;
    if (__typename !== 'RateLimited') return answer;
    signIn.met.refusal = true;
    countReason(signIn.tally, `${name}: RateLimited`);
    const waited = (clock.now() - signIn.startedAt) / 1000;
    if (waited + Number(retryAfterSeconds) > PATIENCE_SECONDS) return undefined;
    await clock.sleep(1000 * (Number(retryAfterSeconds) + 1));
  }
}

/** Sends the login message by WhatsApp. @returns whether the person is signed in; if not, a code follows */
async function signInByWhatsApp(signIn: SignIn, world: World): Promise<boolean> {
  const { clock, random, providers, api } = world;
  const started = await askPolitely(signIn, { name: 'startWhatsAppLogin', input: {} }, world);
  if (started?.__typename !== 'WhatsAppLogin') return false;
  await clock.sleep(1000 * random.around(9));
  if (!providers.isDown('green-api'))
    providers.greenApi.receiveMessage({ from: signIn.person.phone.slice(1), text: String(started['loginMessage']) });
  const attempt = { attemptId: started['attemptId'], secret: started['secret'] };
  for (let polls = 0; polls < 8; polls += 1) {
    await clock.sleep(2_500);
    const input = { ...attempt, deviceToken: signIn.deviceToken };
    const answer = await api.mutate('claimLogin', input, signIn.client);
    if (answer.__typename === 'Session') {
      keepToken(signIn.person, answer);
      return true;
    }
    if (answer.__typename !== 'AttemptNotCompleted') return false;
  }
  return false;
}

/** The device stores its token. Of a family, the devices that signed in last stay. */
function keepToken({ devices }: Person, { deviceToken }: Answer): void {
  if (typeof deviceToken === 'string' && !devices.includes(deviceToken)) devices.push(deviceToken);
  devices.splice(0, devices.length - KEEPS_TOKENS);
}
