import { type Figure, type Result, type Results, isMet, readResults } from '../../bench/support/results.js';
import { head, table } from './markdown.js';

const INTRODUCTION = `\`\`\`sh
npm run bench            # all but the cleanup; writes bench/results.json and this page. For some: npm run bench -- sign-in waiting
npm run bench:check      # measures again, and fails when a ratio is more than 15 % worse than in bench/results.json
npm run bench:sign-in    # whole sign-ins by code
npm run bench:waiting    # subscribers that wait for a WhatsApp login
npm run bench:growth     # statements and admin reads in a large database, next to an empty one
npm run bench:statistics # a sign-in while admins ask for statistics
npm run bench:hostile    # an honest sign-in while thousands of hostile connections attack
npm run bench:cleanup    # whether the cleanup keeps up with 100 sign-ins a second 
\`\`\`

The client, the servers and the databases all run on one machine. The speed of a machine changes by a fifth from minute to minute, so compare the ratios, not the numbers: one run measures the
gateway and what it is compared with in turns. \`bench:check\` compares no absolute time, and a ratio fails only if it is worse in three measurements. It measures with the settings of
\`bench/results.json\`, which are environment variables (\`SCALE=0.1 npm run bench:growth\`).`;

interface Section {
  title: string;
  text: string;
}

/** What each benchmark measures, by its name. */
const SECTIONS: Record<string, Section> = {
  'sign-in': {
    title: 'Sign-ins',
    text: `The gateway runs with everything on: limits, send budgets, breakers, log, audit log, Redis. It is compared with three servers:

- the *floor*: the simplest server that does the same work in the best known way. It is a bare Yoga server that writes the same kinds of rows and tokens, checks nothing, shares connections of PostgreSQL as the
  gateway does, and verifies a code in one statement;
- the *old floor*, of earlier results: each statement has a connection for itself, and the verification reads the attempt first;
- *Better Auth* with its plugin for phones and its limits off (\`bench/peers\`, installed by npm when the benchmark first runs), with 64 clients.

The numbers are medians of \`ROUNDS\` rounds of \`ROUND_MS\` milliseconds. Before the floor shared connections, a run on a machine that did nothing else gave 0.52, 0.56 and 0.62 of the old floor's sign-ins at 16, 64 and 256 clients.`,
  },
  waiting: {
    title: 'Waiting subscribers',
    text: `The floor for memory is a bare graphql-ws server. *Held* is the heap after garbage collection. *Resident* is what the process took from the system.

There are two floors for the time from the POST to the push. Both are a bare \`ws\` server that is notified through Redis. One of them, the durable floor, writes a row to the disk first, as the gateway does. The
other one writes nothing. The clients wait at the instance that receives the POST, or at another instance. \`SUBSCRIBERS=50000 PUSHES=500 npm run bench:waiting\` shows the memory of
fifty thousand clients.`,
  },
  growth: {
    title: 'A large database',
    text: `\`SCALE=1\` is one million users, five million attempts, messages and audit entries and two million sessions. \`bench:growth\` compares such a database with one that has only the users who sign in. It
prints the time and the buffers of each statement of a sign-in, and the median time of each read of the admin API, and marks what misses a goal: statements at most 1.2 times the empty database; lists and
searches at most 3 times and 100 ms; statistics at most one second.`,
  },
  statistics: {
    title: 'Sign-ins under statistics',
    text: `\`bench:statistics\` fills the SMS log with \`ROWS\` messages, five million by default. Users sign in at a steady rate of ten a second. In turns, nothing else happens, and twenty admins ask for the
statistics of all messages, again and again. The goal is a ratio below 1.5 without a refused sign-in.`,
  },
  hostile: {
    title: 'Sign-ins under attack',
    text: `\`bench:hostile\` opens 10,000 hostile WebSockets and event streams from one network, and 1,000 from each of ten others (\`FROM_ONE\`, \`FROM_OTHERS\`). They send pings and subscriptions as fast as
the gateway reads, half of them never read an answer, and all of them connect again a second after they are refused. Each honest sign-in is that of another user. The goals are a p99 below three times the quiet
value, and at most 640 MB of memory. The attackers run on the same machine, with the lowest priority.

Three runs gave a p50 of 2.3 to 2.8 times the quiet value, a p99 of 4.7, 6.6 and 6.9 times, and at most 424, 481 and 529 MB. So the goal of a p99 below three times the quiet value is missed on two cores that
the attackers share.

Refusals above a rate wait up to ten seconds, so fewer attackers connect again at once. A process that may open 20,000 files holds 4,750 of them; one that may open more holds up to 20,000.
\`test/guard/flood-http.test.ts\` shows that floods of plain requests, bodies and documents delay an honest sign-in less than tenfold.`,
  },
  cleanup: {
    title: 'The cleanup',
    text: `\`bench:cleanup\` gives each round of the cleanup the rows that 100 sign-ins a second leave in 30 seconds. The next round begins at once (\`ROUNDS=2880\` is a day). It prints how long a round takes, what is left,
and the longest statement, which is how long the cleanup holds a lock on a row. Then it drops a month of the audit log, and prints how long another audit entry waits. The goals are 30 seconds, no rows, and 100 ms. A
run of three rounds, while the machine did other work too: 0.63 s a round, no rows left, 70.8 ms, 72.6 ms.`,
  },
};

/** The page about the benchmarks, from bench/results.json. */
export function printBenchmarks(results: Results = readResults()): string {
  return [
    head('Benchmarks', INTRODUCTION),
    ...Object.entries(SECTIONS).map(([name, { title, text }]) =>
      [`## ${title}\n`, `${text}\n`, printResult(results[name])].join('\n'),
    ),
  ].join('\n');
}

/** A machine with a higher load average before a measurement was not quiet. */
const MOST_LOAD = 1;

function printResult(result: Result | undefined): string {
  if (!result) return 'There are no results of this version yet.\n';
  const { measuredOn, machine, versions, settings, figures, output } = result;
  const goals = figures.filter(({ goal }) => goal !== null);
  const missed = goals.filter((figure) => !isMet(figure));
  const list = (values: Record<string, string | number>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const isBusy = machine.load === null || machine.load > MOST_LOAD;
  return [
    `Measured on ${measuredOn} with ${list(versions)}, on ${machine.cores} cores (${machine.processor}, ${machine.memoryGb} GB, ${machine.system}). Settings: ${list(settings)}.\n`,
    ...(isBusy
      ? [
          `**Other programs used the machine at the same time${machine.load === null ? '' : ` (load average ${machine.load} before)`}, so these ratios are not reliable.**\n`,
        ]
      : []),
    `\`\`\`text\n${output.join('\n')}\n\`\`\`\n`,
    `${goals.length - missed.length} of ${goals.length} goals are met.${missed.length > 0 ? ' These are missed:\n' : ''}`,
    missed.length > 0 ? table(['missed', 'measured', 'goal'], missed.map(printFigure)) : '',
  ].join('\n');
}

const printFigure = ({ name, value, unit, better, goal }: Figure): string[] => {
  const withUnit = (number: number) => `${number}${unit === null ? '' : ` ${unit}`}`;
  return [
    name,
    value === null ? 'no answer' : withUnit(value),
    `at ${better === 'higher' ? 'least' : 'most'} ${withUnit(goal ?? 0)}`,
  ];
};
