import { createApi } from './api.js';
import { rememberCounters } from './captcha.js';
import { createSimulatedClock } from './clock.js';
import { simulateDatabaseClock } from './database-clock.js';
import { signInHonestly } from './honest.js';
import { createInbox } from './inbox.js';
import { type Country, type PopulationSize, activity, createPopulation, signUpBefore } from './people.js';
import { followClock } from './process-clock.js';
import { type Problem, explainProblems } from './problems.js';
import { type Message, startProviders } from './providers.js';
import { createRandom } from './random.js';
import { type Scenario, TIMETABLE } from './scenarios.js';
import { watchWork } from './settle.js';
import { startGateway } from './gateway.js';
import { type Tally, newTally, priceOf } from './tally.js';
import type { World } from './world.js';

/** How large the simulation is. */
export interface Size {
  /** The length of a day of the timetable, in hours. A week that is compressed keeps its numbers of requests. */
  dayHours: number;
  signInsPerDay: number;
  /** At least this many honest sign-ins in each scenario. */
  signInsAtLeast: number;
  attackRequestsPerDay: number;
  people: PopulationSize;
}

export interface Result {
  scenarios: { scenario: Scenario; tally: Tally }[];
  simulatedHours: number;
  /** Warnings and errors of the gateway's log, by event. */
  logged: Record<string, number>;
}

/** A Sunday. The week has nothing to do with today, so that each run is the same. */
const STARTS_AT = Date.parse('2027-03-07T00:00:00Z');
const HOUR_MS = 3_600_000;
/** The gateway counts a used code within this time. */
const COUNTED_AFTER_MS = 1_000;
const REGULAR_SIGN_INS = 0.6;
/** What is open when a scenario ends goes on for this long before the next one begins. */
const PAUSE_MS = 15 * 60_000;

/** Runs the timetable against a gateway on this database, which must be migrated and used by nobody else. */
export async function simulate(
  { databaseUrl, seed, size, only }: { databaseUrl: string; seed: number; size: Size; only: string },
  onProgress: (tally: Tally, problems: Problem[]) => void,
): Promise<Result> {
  const random = createRandom(seed);
  const database = await simulateDatabaseClock(databaseUrl);
  await database.setTime(STARTS_AT);
  const work = watchWork();
  const clock = createSimulatedClock(STARTS_AT, { settle: work.settle, advance: database.setTime });
  followClock(clock);
  rememberCounters();
  Math.random = random.fork('process').next; // libraries spread their retries with it

  const population = createPopulation(size.people, random.fork('people'));
  await signUpBefore(population, databaseUrl);
  const inbox = createInbox(clock);
  const codes = new Map<string, number>();
  const attacked = new Set<string>();
  const lostReceipts = new Set<string>();
  const attackersOnWhatsApp = new Set<string>();
  let tally = newTally('start');

  const onMessage = ({ channel, phone, code }: Message) => {
    const spent = tally.sent[attacked.has(phone) ? 'attack' : 'honest'];
    spent.messages += 1;
    // WhatsApp charges for delivered messages only: https://developers.facebook.com/docs/whatsapp/pricing
    if (channel !== 'green-api' || facts.hasWhatsApp(phone)) spent.dollars += priceOf(channel, phone);
    if (code !== undefined) codes.set(phone, (codes.get(phone) ?? 0) + 1);
  };
  const facts = {
    hasWhatsApp: (phone: string) => population.find(phone)?.hasWhatsApp ?? attackersOnWhatsApp.has(phone),
    losesReceipts: (phone: string) => lostReceipts.has(phone),
  };
  const deps = { clock, random: random.fork('providers'), onMessage, onArrival: inbox.arrive };
  const providers = await startProviders(facts, deps);
  const gateway = await startGateway({ databaseUrl, env: providers.env });
  providers.greenApi.configure({ webhookUrl: `http://127.0.0.1:${gateway.port}/api/webhooks/greenapi/incoming` });
  const api = createApi(gateway.port, work, () => clock.runRepeatedAfter([COUNTED_AFTER_MS]));
  const world: World = {
    clock,
    random,
    api,
    inbox,
    providers,
    population,
    attacked,
    attackersOnWhatsApp,
    lostReceipts,
    codesFor: (phone) => codes.get(phone) ?? 0,
    tally: () => tally,
    problems: [],
  };

  const scenarios: Result['scenarios'] = [];
  for (const scenario of TIMETABLE.filter(({ kind, name }) => kind === 'warm-up' || new RegExp(only).test(name))) {
    tally = newTally(scenario.name);
    const start = clock.now();
    const end = start + scenario.hours * (size.dayHours / 24) * HOUR_MS - PAUSE_MS;
    const requests = Math.round((size.attackRequestsPerDay * scenario.hours) / 24);
    if (scenario.down) providers.setOutage(scenario.down.provider, scenario.down.outage);
    scheduleHonest({ scenario, start, end, size }, world);
    scenario.attack?.({ start, end, requests: scenario.requests ?? requests }, world);
    await clock.runUntil(end + PAUSE_MS);
    if (scenario.down) providers.setOutage(scenario.down.provider, undefined);
    attacked.clear();
    const problems = world.problems.splice(0);
    await explainProblems(problems, databaseUrl);
    onProgress(tally, problems);
    if (scenario.kind !== 'warm-up') scenarios.push({ scenario, tally });
  }
  const simulatedHours = (clock.now() - STARTS_AT) / HOUR_MS;
  api.close();
  // What stops waits for timers of the simulated clock, so the clock goes on meanwhile.
  const stopping = { done: false };
  const stopped = Promise.all([providers.close(), gateway.stop()]).then(() => (stopping.done = true));
  while (!stopping.done) await clock.runUntil(clock.now() + 1_000);
  await stopped;
  await database.close();
  return { scenarios, simulatedHours, logged: gateway.logged };
}

/** Schedules the honest sign-ins of a scenario, by the rhythm of the day in the country of each person. */
function scheduleHonest(
  { scenario, start, end, size }: { scenario: Scenario; start: number; end: number; size: Size },
  world: World,
): void {
  const { population, clock } = world;
  const random = world.random.fork(`honest ${scenario.name}`);
  const count = Math.max(size.signInsAtLeast, Math.round((size.signInsPerDay * scenario.hours) / 24));
  const timeFor = (country: Country): number => {
    for (;;) {
      const at = random.between(start, end);
      if (random.chance(Math.max(0.02, activity(country, at)))) return at;
    }
  };
  for (let index = 0; index < count; index += 1) {
    const person = random.pick(random.chance(REGULAR_SIGN_INS) ? population.regulars : population.everybody);
    const own = { ...world, random: random.fork(`sign-in ${index}`) };
    clock.after(timeFor(person.country) - start, () => void signInHonestly(person, own));
  }
}
