import type { Answer } from './api.js';
import { type Attack, addressOf, ask, type Ask, charge, digits, spread } from './attack.js';
import { begin, signInByCode } from './honest.js';
import { problemOf } from './problems.js';
import type { Channel } from './providers.js';
import type { Random } from './random.js';
import type { World } from './world.js';

const GUESSES = 5;
const BOTNET_VERIFIES = 0.3;
const SIM_HOLDER_VERIFIES = 0.5;
/** Numbers of one operator, in few blocks, as in artificially inflated traffic. */
const PUMPED_RANGE = '+9965559';
const BOTNET_RANGE = '+9967709';
const OWN_SIM = '+996772345678';
const IRANIAN_SIM = '+989120000004';
const PREMIUM_RANGES = ['+25261', '+535', '+88162', '+37128'];
/** How the numbers of each operator begin in the countries that the service serves, and how many digits follow. */
const SERVED_RANGES = [
  ...['700', '701', '702', '705', '707', '708', '747', '771', '775', '776', '777', '778'].map((area) => ({
    start: `+7${area}`,
    length: 7,
  })),
  ...['220', '500', '550', '555', '700', '707', '770', '777', '990', '999'].map((area) => ({
    start: `+996${area}`,
    length: 6,
  })),
  ...['901', '910', '912', '917', '919', '921', '930', '935', '937', '990'].map((area) => ({
    start: `+98${area}`,
    length: 7,
  })),
];
/** How often the owner of an attacked phone signs in. */
const OWNER_RETURNS_MS = 30 * 60_000;
/** The message that is paid for a phone without WhatsApp when nothing stops the request. */
const paidFor = (phone: string): Channel[] => {
  if (phone.startsWith('+98')) return ['kavenegar-verify'];
  return [phone.startsWith('+7') ? 'http:mobizon' : 'http:smspro'];
};

/** Codes for numbers of the attacker, who shares the fee of the messages. */
export const pumpFrom =
  (addresses: number): Attack =>
  (window, world) => {
    const random = world.random.fork(`pump ${addresses}`);
    const numbers = Math.min(4_000, Math.max(40, addresses * 4));
    spread(window, { world, random }, (one) => {
      const phone = PUMPED_RANGE + digits(one.integer(numbers), 5);
      return ask({ phone, ip: addressOf(one.integer(addresses)), paid: paidFor(phone) }, one, world);
    });
  };

/** Codes for numbers of every operator in every country that the service serves, so that no block and no range gets many. */
export const pumpManyRanges: Attack = (window, world) => {
  const random = world.random.fork('many ranges');
  spread(window, { world, random }, (one) => {
    const phone = strangersPhone(one, world);
    return ask({ phone, ip: addressOf(one.integer(1_000)), paid: paidFor(phone) }, one, world);
  });
};

/** A random phone of a served country that belongs to nobody in the simulation. */
function strangersPhone(random: Random, { population }: World): string {
  for (;;) {
    const { start, length } = random.pick(SERVED_RANGES);
    const phone = start + digits(random.integer(10 ** length), length);
    if (!population.find(phone)) return phone;
  }
}

/**
 * One SIM of the attacker, who signs in with it by WhatsApp, and from then on shows the token of a known device. Half of the codes
 * are typed on a new device, and each of those is a known device too.
 */
export const pumpOwnSim: Attack = (window, world) => {
  const random = world.random.fork('own SIM');
  const signedIn = signInWithOwnSim(world);
  let newest: string | undefined;
  spread(window, { world, random }, async (one) => {
    const deviceToken = newest ?? (await signedIn);
    const ip = addressOf(one.integer(100));
    const request = { phone: OWN_SIM, ip, paid: ['kavenegar-sms'] as Channel[], channel: 'KAVENEGAR_SMS', deviceToken };
    const session = await askAndVerify(request, { random: one, verifies: SIM_HOLDER_VERIFIES }, world);
    if (session?.__typename === 'Session') newest = String(session['deviceToken']);
  });
};

/**
 * One SIM of the attacker, which signs in by WhatsApp again and again, each time as a new device. In Iran the notification about it is
 * an SMS.
 */
export const pumpByWhatsApp: Attack = (window, world) => {
  const random = world.random.fork('WhatsApp');
  const { attacked, tally } = world;
  attacked.add(IRANIAN_SIM);
  const signedIn = signInByWhatsApp({ phone: IRANIAN_SIM, ip: addressOf(0) }, world);
  spread(window, { world, random }, async (one) => {
    await signedIn;
    tally().requests += 1;
    charge(tally().unguarded, ['kavenegar-sms'], IRANIAN_SIM);
    const session = await signInByWhatsApp({ phone: IRANIAN_SIM, ip: addressOf(one.integer(100)) }, world);
    if (session.__typename !== 'Session') tally().requestsRefused += 1;
  });
};

/** @returns the token of the device */
async function signInWithOwnSim(world: World): Promise<string> {
  const session = await signInByWhatsApp({ phone: OWN_SIM, ip: addressOf(0) }, world);
  if (session.__typename !== 'Session') throw new Error(`The attacker is not signed in: ${session.__typename}`);
  return String(session['deviceToken']);
}

async function signInByWhatsApp(
  { phone, ip }: { phone: string; ip: string },
  { api, clock, providers, attackersOnWhatsApp }: World,
): Promise<Answer> {
  const started = await api.mutate('startWhatsAppLogin', {}, { ip });
  if (started.__typename !== 'WhatsAppLogin') return started;
  const { attemptId, secret, loginMessage } = started;
  await clock.sleep(5_000);
  attackersOnWhatsApp.add(phone);
  providers.greenApi.receiveMessage({ from: phone.slice(1), text: String(loginMessage) });
  await clock.sleep(20_000);
  return api.mutate('claimLogin', { attemptId, secret }, { ip });
}

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
  spread(window, { world, random }, (one) => {
    const phone = BOTNET_RANGE + digits(one.integer(300), 5);
    const request = { phone, ip: addressOf(one.integer(1_000)), paid: paidFor(phone) };
    return askAndVerify(request, { random: one, verifies: BOTNET_VERIFIES }, world);
  });
};

/** Five guesses at each of many users. */
export const spray: Attack = (window, world) => {
  const random = world.random.fork('spray');
  const victims = world.population.dormant.slice(1);
  spread(window, { world, random }, async (one) => {
    const { phone, hasWhatsApp, country } = one.pick(victims);
    const paid: Channel[] = country !== 'IR' && hasWhatsApp ? ['green-api'] : paidFor(phone);
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
  // Of the devices on which the owner signs in during the attack, the user keeps twenty.
  let knownDevice: string | undefined;
  const signIn = async (kind: 'known' | 'new', name: string) => {
    const own = { ...world, random: random.fork(name) };
    const deviceToken = kind === 'known' ? (knownDevice ??= victim.devices[0]) : undefined;
    const one = begin(victim, { world: own, tally: tally(), deviceToken });
    const outcome = await signInByCode(one, own);
    const counted = tally().victim[kind];
    if (outcome !== 'succeeded' || one.met.refusal || (kind === 'known' && one.met.captcha))
      world.problems.push(problemOf({ signIn: one, outcome, now: world.clock.now() }));
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
    world.attackersOnWhatsApp.add(phone);
    providers.greenApi.receiveMessage({ from: phone.slice(1), text: '{{SWE001}}' });
  });
};

/** Requests a code for a SIM of the attacker, and types it with this probability, without the token of a device. */
async function askAndVerify(
  request: Ask,
  { random, verifies }: { random: Random; verifies: number },
  world: World,
): Promise<Answer | undefined> {
  const { api, clock, inbox } = world;
  const since = clock.now() - 1;
  const { __typename, attemptId, secret } = await ask(request, random, world);
  if (__typename !== 'OtpRequested' || !random.chance(verifies)) return undefined;
  const code = await inbox.wait(request.phone, { since, ms: 120_000 });
  if (code === undefined) return undefined;
  return api.mutate('verifyOtp', { attemptId, secret, code }, { ip: request.ip });
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
