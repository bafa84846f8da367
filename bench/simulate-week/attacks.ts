import { begin, signInByCode } from './honest.js';
import type { Channel } from './providers.js';
import type { Random } from './random.js';
import { type Spent, priceOf } from './tally.js';
import { type World, mutateSolving } from './world.js';

/** When an attack runs, and how many requests for codes it makes. */
export interface Window {
  start: number;
  end: number;
  requests: number;
}

export type Attack = (window: Window, world: World) => void;

/** The part of the attackers' clients that solve a proof of work. It costs them CPU time, and nothing else. */
const SOLVES_CAPTCHAS = 0.5;
const GUESSES = 5;
const BOTNET_VERIFIES = 0.3;
/** Numbers of one operator, in few blocks, as in artificially inflated traffic. */
const PUMPED_RANGE = '+9965559';
const BOTNET_RANGE = '+9967709';
const PREMIUM_RANGES = ['+25261', '+535', '+88162', '+37128'];
/** How often the owner of an attacked phone signs in. */
const OWNER_RETURNS_MS = 30 * 60_000;
const WHATSAPP_THEN_SMS: Channel[] = ['green-api', 'kavenegar-sms'];

/** Codes for numbers of the attacker, who shares the fee of the messages. */
export const pumpFrom =
  (addresses: number): Attack =>
  (window, world) => {
    const random = world.random.fork(`pump ${addresses}`);
    const numbers = Math.min(4_000, Math.max(40, addresses * 4));
    spread(window, { world, random }, (one) => {
      const phone = PUMPED_RANGE + digits(one.integer(numbers), 5);
      return ask({ phone, ip: addressOf(one.integer(addresses)), paid: WHATSAPP_THEN_SMS }, one, world);
    });
  };

/** Numbers with a high price in countries that the service does not serve, by the channel that the caller names. */
export const pumpPremiumRanges: Attack = (window, world) => {
  const random = world.random.fork('premium');
  spread(window, { world, random }, (one) => {
    const phone = one.pick(PREMIUM_RANGES) + digits(one.integer(1_000_000), 7);
    const request = { phone, ip: addressOf(one.integer(200)), paid: ['kavenegar-sms'] as Channel[] };
    return ask({ ...request, channel: 'KAVENEGAR_SMS' }, one, world);
  });
};

/** A botnet with SIMs of its own, which types 30 % of the codes so that its traffic looks like that of users. */
export const runBotnet: Attack = (window, world) => {
  const random = world.random.fork('botnet');
  spread(window, { world, random }, async (one) => {
    const phone = BOTNET_RANGE + digits(one.integer(300), 5);
    const ip = addressOf(one.integer(1_000));
    const since = world.clock.now() - 1;
    const answer = await ask({ phone, ip, paid: WHATSAPP_THEN_SMS }, one, world);
    if (answer.__typename !== 'OtpRequested' || !one.chance(BOTNET_VERIFIES)) return;
    const code = await world.inbox.wait(phone, { since, ms: 120_000 });
    if (code === undefined) return;
    const { attemptId, secret } = answer;
    await world.api.mutate('verifyOtp', { attemptId, secret, code }, { ip });
  });
};

/** Five guesses at each of many users. */
export const spray: Attack = (window, world) => {
  const random = world.random.fork('spray');
  const victims = world.population.dormant.slice(1);
  spread(window, { world, random }, async (one) => {
    const { phone, hasWhatsApp, country } = one.pick(victims);
    const paid: Channel[] = country === 'IR' ? ['kavenegar-verify'] : hasWhatsApp ? ['green-api'] : WHATSAPP_THEN_SMS;
    await askAndGuess({ phone, ip: addressOf(one.integer(1_000)), paid }, one, world);
  });
};

/** A thousand addresses against one phone for the whole scenario, while its owner signs in from time to time. */
export const lockOut: Attack = (window, world) => {
  const random = world.random.fork('lock-out');
  const victim = world.population.dormant[0];
  if (!victim) throw new Error('There is no victim');
  const paid: Channel[] = victim.country === 'IR' ? ['kavenegar-verify'] : ['green-api'];
  const tally = world.tally;
  const length = window.end - window.start;
  const signIn = async (kind: 'known' | 'new', name: string) => {
    const own = { ...world, random: random.fork(name) };
    const deviceToken = kind === 'known' ? victim.devices[0] : undefined;
    const one = begin(victim, { world: own, tally: tally(), deviceToken });
    const outcome = await signInByCode(one, own);
    const counted = tally().victim[kind];
    counted.tried += 1;
    // On a known device at the first try; on a new one at the latest after a captcha.
    if (outcome === 'succeeded' && !one.met.refusal && (kind === 'new' || !one.met.captcha)) counted.succeeded += 1;
  };
  world.clock.after(
    0,
    () => void signInByCode(begin(victim, { world, tally: tally(), deviceToken: undefined }), world),
  );
  const tries = Math.max(2, Math.floor(length / OWNER_RETURNS_MS));
  for (let index = 0; index < tries; index += 1) {
    const kind = index % 2 === 0 ? 'known' : 'new';
    world.clock.after(((index + 1) / (tries + 1)) * length, () => void signIn(kind, `owner ${index}`));
  }
  spread({ ...window, start: window.start + length / 48 }, { world, random }, (one) =>
    askAndGuess({ phone: victim.phone, ip: addressOf(one.integer(1_000)), paid }, one, world),
  );
};

/** Starts that are canceled at once, and strangers who write what makes the gateway answer. */
export const floodStarts: Attack = (window, world) => {
  const random = world.random.fork('flood');
  const { api, providers, tally } = world;
  spread(window, { world, random }, async (one) => {
    tally().requests += 1;
    const ip = addressOf(one.integer(834));
    const started = await api.mutate('startWhatsAppLogin', {}, { ip });
    if (started.__typename !== 'WhatsAppLogin') tally().requestsRefused += 1;
    else if (one.chance(0.5))
      await api.mutate('cancelLogin', { attemptId: started['attemptId'], secret: started['secret'] }, { ip });
    if (!one.chance(0.1)) return;
    const phone = PUMPED_RANGE + digits(90_000 + one.integer(5), 5);
    charge(tally().unguarded, ['green-api'], phone);
    world.attacked.add(phone);
    providers.greenApi.receiveMessage({ from: phone.slice(1), text: '{{SWE001}}' });
  });
};

interface Ask {
  phone: string;
  ip: string;
  /** The channels that are paid for if nothing stops the request. */
  paid: Channel[];
  channel?: string;
}

/** Requests a code and counts what it would cost without the guard. */
async function ask({ phone, ip, paid, channel }: Ask, random: Random, world: World) {
  const { tally, attacked } = world;
  const counted = tally();
  attacked.add(phone);
  counted.requests += 1;
  charge(counted.unguarded, paid, phone);
  const solve = async () => random.chance(SOLVES_CAPTCHAS);
  const answer = await mutateSolving({ name: 'requestOtp', input: { phone, channel }, client: { ip }, solve }, world);
  if (answer.__typename !== 'OtpRequested') counted.requestsRefused += 1;
  return answer;
}

async function askAndGuess(request: Ask, random: Random, world: World): Promise<void> {
  const { api, clock, tally } = world;
  const { __typename, attemptId, secret, codeLength } = await ask(request, random, world);
  if (__typename !== 'OtpRequested') return;
  for (let guess = 0; guess < GUESSES; guess += 1) {
    await clock.sleep(1000 * random.between(1, 5));
    const code = digits(random.integer(10 ** Number(codeLength)), Number(codeLength));
    const answer = await api.mutate('verifyOtp', { attemptId, secret, code }, { ip: request.ip });
    if (answer.__typename === 'Session') tally().takeovers += 1;
    if (answer.__typename !== 'IncorrectCode') return;
  }
}

function charge(spent: Spent, channels: Channel[], phone: string): void {
  spent.messages += channels.length;
  for (const channel of channels) spent.dollars += priceOf(channel, phone);
}

/** Attackers work in bursts: in the first tenth of each hour. */
const BURST_EVERY_MS = 3_600_000;
const BURST_PART = 0.1;

/** Runs an action as many times as the window has requests, at random times. Each gets random numbers of its own. */
function spread(
  { start, end, requests }: Window,
  { world: { clock }, random }: { world: World; random: Random },
  act: (random: Random) => Promise<unknown>,
): void {
  const bursts = Math.max(1, Math.round((end - start) / BURST_EVERY_MS));
  for (let index = 0; index < requests; index += 1) {
    const one = random.fork(`request ${index}`);
    const part = (one.integer(bursts) + BURST_PART * one.next()) / bursts;
    clock.after(start - clock.now() + part * (end - start), () => void act(one));
  }
}

const digits = (value: number, length: number) => String(value).padStart(length, '0');

/** The n-th address of the attackers: one in each of many networks. */
function addressOf(index: number): string {
  const spread = (index * 7_919) % 16_000_000;
  return `${45 + (spread >> 22)}.${(spread >> 14) & 255}.${(spread >> 6) & 255}.${1 + (index % 250)}`;
}
