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

export interface Ask {
  phone: string;
  ip: string;
  /** The channels that are paid for if nothing stops the request. */
  paid: Channel[];
  channel?: string;
  deviceToken?: string | undefined;
}

/** Requests a code and counts what it would cost without the guard. */
export async function ask({ phone, ip, paid, channel, deviceToken }: Ask, random: Random, world: World) {
  const { tally, attacked } = world;
  const counted = tally();
  attacked.add(phone);
  counted.requests += 1;
  charge(counted.unguarded, paid, phone);
  const solve = async () => random.chance(SOLVES_CAPTCHAS);
  const answer = await mutateSolving(
    { name: 'requestOtp', input: { phone, channel, deviceToken }, client: { ip }, solve },
    world,
  );
  if (answer.__typename !== 'OtpRequested') counted.requestsRefused += 1;
  return answer;
}

export function charge(spent: Spent, channels: Channel[], phone: string): void {
  spent.messages += channels.length;
  for (const channel of channels) spent.dollars += priceOf(channel, phone);
}

/** Attackers work in bursts: in the first tenth of each hour. */
const BURST_EVERY_MS = 3_600_000;
const BURST_PART = 0.1;

/** Runs an action as many times as the window has requests, at random times. Each gets random numbers of its own. */
export function spread(
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

export const digits = (value: number, length: number) => String(value).padStart(length, '0');

/** The n-th address of the attackers: one in each of many networks. */
export function addressOf(index: number): string {
  const spread = (index * 7_919) % 16_000_000;
  return `${45 + (spread >> 22)}.${(spread >> 14) & 255}.${(spread >> 6) & 255}.${1 + (index % 250)}`;
}
