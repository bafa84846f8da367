import type { Attack } from './attack.js';
import {
  floodStarts,
  lockOut,
  pumpByWhatsApp,
  pumpFrom,
  pumpManyRanges,
  pumpOwnSim,
  pumpPremiumRanges,
  runBotnet,
  spray,
} from './attacks.js';
import type { Outage, Provider } from './providers.js';

/** A part of the week. Honest people sign in during all of it. */
export interface Scenario {
  name: string;
  kind: 'warm-up' | 'quiet' | 'pumping' | 'guessing' | 'flood' | 'provider down';
  hours: number;
  attack?: Attack;
  /** Requests of the attackers, if it differs from the default. */
  requests?: number;
  down?: { provider: Provider; outage: Outage };
}

const PROVIDERS = ['green-api', 'kavenegar', 'melipayamak', 'mobizon', 'smspro'] as const;
const OUTAGES = {
  failing: 'fails',
  hanging: 'hangs',
  accepting: 'accepts, delivers nothing',
} as const;

const outages: Scenario[] = PROVIDERS.flatMap((provider) =>
  (Object.keys(OUTAGES) as Outage[]).map((outage) => ({
    name: `${provider} ${OUTAGES[outage]}`,
    kind: 'provider down' as const,
    hours: 8,
    down: { provider, outage },
  })),
);

/** A day that is not counted, eight days of attacks, and five days on each of which one provider is down. */
export const TIMETABLE: readonly Scenario[] = [
  { name: 'Sunday, warm-up', kind: 'warm-up', hours: 24 },
  { name: 'Monday, no attack', kind: 'quiet', hours: 24 },
  { name: 'pumping from 1 address', kind: 'pumping', hours: 12, attack: pumpFrom(1) },
  { name: 'pumping from 10 addresses', kind: 'pumping', hours: 12, attack: pumpFrom(10) },
  { name: 'pumping from 1,000 addresses', kind: 'pumping', hours: 24, attack: pumpFrom(1_000) },
  { name: 'pumping from 100,000 addresses', kind: 'pumping', hours: 24, attack: pumpFrom(100_000) },
  { name: 'pumping over many ranges', kind: 'pumping', hours: 12, attack: pumpManyRanges },
  { name: 'premium ranges', kind: 'pumping', hours: 12, attack: pumpPremiumRanges },
  { name: 'botnet that verifies 30 %', kind: 'pumping', hours: 12, attack: runBotnet },
  { name: 'one SIM on known devices', kind: 'pumping', hours: 12, attack: pumpOwnSim },
  { name: 'one SIM by WhatsApp', kind: 'pumping', hours: 12, attack: pumpByWhatsApp },
  { name: 'spray of guesses', kind: 'guessing', hours: 12, attack: spray },
  { name: 'flood of starts', kind: 'flood', hours: 12, attack: floodStarts },
  { name: 'lock-out of one phone', kind: 'guessing', hours: 24, attack: lockOut },
  ...outages,
];
