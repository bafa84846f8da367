import type { Client } from './api.js';
import type { Random } from './random.js';

export type Country = 'KZ' | 'KG' | 'IR';

/** A user of the service, or the family that shares this phone. */
export interface Person {
  phone: string;
  country: Country;
  /** The address from which the person signs in. */
  client(random: Random): Client;
  hasWhatsApp: boolean;
  /** The device tokens of those who use the phone. A family has several devices. */
  devices: string[];
}

/** How many people there are in each country, and how the phones of a country begin. */
const COUNTRIES = {
  KZ: { share: 0.5, starts: ['+7701', '+7702', '+7705', '+7747', '+7777'], digits: 7, utcHours: 5 },
  KG: { share: 0.2, starts: ['+996700', '+996555', '+996770'], digits: 6, utcHours: 6 },
  IR: { share: 0.3, starts: ['+98912', '+98919', '+98935', '+98901'], digits: 7, utcHours: 3.5 },
} as const;

/** The shared address of a mobile carrier, and how many people are behind it. */
const CARRIER_ADDRESS = '203.0.113.7';
const BEHIND_CARRIER = 5_000;
const OFFICES = 30;

/** Part of the sign-ins of a day by hour of the day, local time: few at night, most in the evening. */
const RHYTHM = [6, 4, 3, 2, 2, 3, 8, 18, 34, 46, 52, 54, 50, 48, 47, 46, 48, 52, 58, 64, 62, 50, 30, 14];
const MOST = Math.max(...RHYTHM);

/** How likely a sign-in is at this time, compared with the busiest hour. */
export function activity(country: Country, at: number): number {
  const hour = Math.floor((at / 3_600_000 + COUNTRIES[country].utcHours) % 24);
  return (RHYTHM[hour] ?? 0) / MOST;
}

/** The people of the simulation: those who sign in often, and everybody. */
export interface Population {
  regulars: Person[];
  everybody: Person[];
  /** Users who do not sign in by themselves while the simulation runs. Attackers choose their victims among them. */
  dormant: Person[];
  find(phone: string): Person | undefined;
}

export function createPopulation(
  size: { everybody: number; regulars: number; dormant: number },
  random: Random,
): Population {
  const byPhone = new Map<string, Person>();
  let behindCarrier = 0;

  function create(): Person {
    const draw = random.next();
    const country: Country =
      draw < COUNTRIES.KZ.share ? 'KZ' : draw < COUNTRIES.KZ.share + COUNTRIES.KG.share ? 'KG' : 'IR';
    const phone = newPhone(country);
    // In proportion to the population, up to the size of the network.
    const sharesCarrier = country === 'KZ' && behindCarrier < BEHIND_CARRIER && random.chance(0.75);
    if (sharesCarrier) behindCarrier += 1;
    const office = random.integer(OFFICES);
    const home = homeAddress(country);
    const worksInOffice = random.chance(0.15);
    const person: Person = {
      phone,
      country,
      hasWhatsApp: country === 'IR' ? random.chance(0.4) : random.chance(0.97),
      devices: [],
      client: (now) => ({
        ip: worksInOffice && now.chance(0.5) ? `198.51.100.${office + 1}` : sharesCarrier ? CARRIER_ADDRESS : home,
      }),
    };
    byPhone.set(phone, person);
    return person;
  }
  function newPhone(country: Country): string {
    const { starts, digits } = COUNTRIES[country];
    for (;;) {
      const phone = random.pick(starts) + String(random.integer(10 ** digits)).padStart(digits, '0');
      if (!byPhone.has(phone)) return phone;
    }
  }
  function homeAddress(country: Country): string {
    if (random.chance(0.2))
      return `2001:db8:${random.integer(65_536).toString(16)}:${random.integer(256).toString(16)}::1`;
    const first = { KZ: 2, KG: 31, IR: 5 }[country];
    return `${first}.${random.integer(250)}.${random.integer(250)}.${1 + random.integer(250)}`;
  }

  const everybody = Array.from({ length: size.everybody }, create);
  const dormant = Array.from({ length: size.dormant }, create);
  return { everybody, regulars: everybody.slice(0, size.regulars), dormant, find: (phone) => byPhone.get(phone) };
}
