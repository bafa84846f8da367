import type { Result } from './run.js';
import type { Tally } from './tally.js';

/** A goal of the simulation, and what was measured. */
export interface Goal {
  name: string;
  met: boolean;
  /** Measured and wanted value, with the scenario that misses it by most. */
  measured: string;
}

const SUCCEED = 0.999;
const REFUSED = 0.001;
const ASKED_CAPTCHA = 0.01;
const BILL = 0.01;

const percent = (part: number) => `${(part * 100).toFixed(2)} %`;

export const successOf = ({ succeeded, honest }: Tally) => (honest === 0 ? 1 : succeeded / honest);

/** Judges the goals. A part is counted over all sign-ins of its scenarios; the worst scenario is named. */
export function judge({ scenarios }: Pick<Result, 'scenarios'>): Goal[] {
  const of = (...kinds: string[]) =>
    scenarios.filter(({ scenario }) => kinds.includes(scenario.kind)).map(({ tally }) => tally);
  const all = scenarios.map(({ tally }) => tally);
  const sum = (tallies: Tally[], value: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + value(tally), 0);
  const worst = (tallies: Tally[], value: (tally: Tally) => number) =>
    tallies.toSorted((one, other) => value(other) - value(one))[0];

  const down = of('provider down');
  const succeeded = sum(down, (tally) => tally.succeeded) / sum(down, (tally) => tally.honest);
  const unreachable = sum(down, (tally) => tally.unreachable);
  const failed = sum(down, (tally) => tally.honest - tally.succeeded);
  const because = failed > 0 ? `; ${unreachable} of ${failed} failed because no other provider reaches the phone` : '';
  const worstDown = worst(down, (tally) => -successOf(tally));
  const honest = sum(all, (tally) => tally.honest);
  const part = (name: string, value: (tally: Tally) => number, limit: number): Goal => {
    const measured = sum(all, value) / honest;
    const most = worst(all, (tally) => value(tally) / tally.honest);
    const where = most && value(most) > 0 ? `; most in "${most.name}": ${value(most)} of ${most.honest}` : '';
    return { name, met: measured <= limit, measured: `${percent(measured)}${where}` };
  };
  const billOf = ({ sent, unguarded }: Tally) => sent.attack.dollars / unguarded.dollars;
  const pumped = of('pumping');
  const dearest = worst(pumped, billOf);
  const victims = all.filter(({ victim }) => victim.known.tried > 0);
  const tries = (kind: 'known' | 'new') =>
    `${sum(victims, ({ victim }) => victim[kind].succeeded)} of ${sum(victims, ({ victim }) => victim[kind].tried)} sign-ins`;
  const isNeverLockedOut = (kind: 'known' | 'new') =>
    victims.length > 0 && victims.every(({ victim }) => victim[kind].succeeded === victim[kind].tried);

  return [
    {
      name: `at least ${percent(SUCCEED)} of honest sign-ins succeed with any one provider down`,
      met: worstDown !== undefined && successOf(worstDown) >= SUCCEED,
      measured: `${percent(succeeded)}; least in "${worstDown?.name}": ${worstDown?.succeeded} of ${worstDown?.honest}${because}`,
    },
    part(`at most ${percent(REFUSED)} of honest people are refused`, (tally) => tally.refused, REFUSED),
    part(
      `at most ${percent(ASKED_CAPTCHA)} of honest people are asked a captcha`,
      (tally) => tally.captcha,
      ASKED_CAPTCHA,
    ),
    {
      name: `pumping costs at most ${percent(BILL)} of the bill without the guard`,
      met: pumped.every((tally) => billOf(tally) <= BILL),
      measured: `${percent(sum(pumped, (tally) => tally.sent.attack.dollars) / sum(pumped, (tally) => tally.unguarded.dollars))}; most in "${dearest?.name}": ${dearest ? percent(billOf(dearest)) : ''}`,
    },
    {
      name: 'a victim signs in on a known device at the first try',
      met: isNeverLockedOut('known'),
      measured: tries('known'),
    },
    {
      name: 'a victim signs in on a new device, at the latest after a captcha',
      met: isNeverLockedOut('new'),
      measured: tries('new'),
    },
  ];
}
