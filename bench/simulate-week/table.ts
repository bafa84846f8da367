import { type Goal, successOf } from './goals.js';
import type { Result } from './run.js';
import type { Tally } from './tally.js';

const HEADINGS = [
  'Scenario',
  'Honest sign-ins',
  'Succeed',
  'Refused',
  'Captcha',
  'Seconds p50',
  'p95',
  'Messages',
  'without guard',
  'Cost',
  'without guard',
  'Cost of the attack',
  'Victim, known device',
  'new device',
];

/** Prints the results as a table in Markdown, one line for each scenario. */
export function printTable({ scenarios }: Pick<Result, 'scenarios'>): string {
  const rows = [HEADINGS, ...scenarios.map(({ tally }) => rowOf(tally))];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [headings = [], ...lines] = rows;
  return [lineOf(headings), rule, ...lines.map(lineOf)].join('\n');
}

function rowOf(tally: Tally): string[] {
  const { name, honest, refused, captcha, seconds, sent, unguarded, victim } = tally;
  const sorted = seconds.toSorted((one, other) => one - other);
  const at = (part: number) => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
    return value === undefined ? '' : value.toFixed(0);
  };
  const dollars = (amount: number) => `$${amount.toFixed(2)}`;
  const attacked = unguarded.dollars > 0;
  return [
    name,
    `${honest}`,
    `${(successOf(tally) * 100).toFixed(2)} %`,
    `${refused}`,
    `${captcha}`,
    at(0.5),
    at(0.95),
    `${sent.honest.messages + sent.attack.messages}`,
    `${sent.honest.messages + unguarded.messages}`,
    dollars(sent.honest.dollars + sent.attack.dollars),
    dollars(sent.honest.dollars + unguarded.dollars),
    attacked ? `${((sent.attack.dollars / unguarded.dollars) * 100).toFixed(2)} %` : '',
    ...(['known', 'new'] as const).map((kind) =>
      victim[kind].tried === 0 ? '' : `${victim[kind].succeeded} of ${victim[kind].tried}`,
    ),
  ];
}

export const printGoals = (goals: Goal[]): string =>
  goals.map(({ name, met, measured }) => `${met ? 'met   ' : 'MISSED'}  ${name}: ${measured}`).join('\n');
