import { hash, randomBytes } from 'node:crypto';
import pg from 'pg';
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
  /** Has signed up before the week. */
  isUser: boolean;
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

/** Makes users of those who have signed up before the week, a month ago, with the devices on which they did. */
export async function signUpBefore({ everybody, dormant }: Population, databaseUrl: string): Promise<void> {
  const users = [...everybody, ...dormant].filter(({ isUser }) => isUser);
  const active = users.filter((person) => !dormant.includes(person));
  for (const person of active) person.devices.push(randomBytes(32).toString('base64url'));
  const hashOf = ({ devices: [token = ''] }: Person) => hash('sha256', token, 'buffer');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO users (id, phone, created_at, last_login_at) SELECT gen_random_uuid(), phone, at, at
     FROM unnest($1::text[]) AS phone, (SELECT now() - interval '30 days' AS at) AS time`,
    [users.map(({ phone }) => phone)],
  );
  await client.query(
    `INSERT INTO known_devices (token_hash, user_id, session_id, first_seen_at, last_seen_at)
     SELECT token_hash, u.id, gen_random_uuid(), u.created_at, u.created_at
     FROM unnest($1::text[], $2::bytea[]) AS device (phone, token_hash) JOIN users u USING (phone)`,
    [active.map(({ phone }) => phone), active.map(hashOf)],
  );
  await client.end();
}

/** The people of the simulation: those who sign in often, and everybody. */
export interface Population {
  regulars: Person[];
  everybody: Person[];
  /** Users who do not sign in by themselves while the simulation runs. Attackers choose their victims among them. */
  dormant: Person[];
  find(phone: string): Person | undefined;
}

/** How many people there are, and which part of the regulars and of the others has signed up before. */
export interface PopulationSize {
  everybody: number;
  regulars: number;
  dormant: number;
  users: { regulars: number; others: number };
}

export function createPopulation(size: PopulationSize, random: Random): Population {
  const byPhone = new Map<string, Person>();
  let behindCarrier = 0;

  function create(isUser: boolean): Person {
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
      isUser,
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

  const { regulars, others } = size.users;
  const everybody = Array.from({ length: size.everybody }, (_, index) =>
    create(random.chance(index < size.regulars ? regulars : others)),
  );
  const dormant = Array.from({ length: size.dormant }, () => create(true));
  return { everybody, regulars: everybody.slice(0, size.regulars), dormant, find: (phone) => byPhone.get(phone) };
}
