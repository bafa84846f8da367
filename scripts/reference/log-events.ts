import { LOG_EVENTS, type LogEvent } from '../../src/log-events.js';
import { head, table } from './markdown.js';

export function printLogEvents(): string {
  const events = Object.values(LOG_EVENTS).flatMap((group) => Object.entries(group));
  return [
    head(
      'Log events',
      'Every event of the log and of the [audit log](../guides/admin.md#the-audit-log). [Logs and alerts](../operations/logs.md) explains the form of a line. [Troubleshooting](../troubleshooting/log-events.md) says what to do about a warning or an error.',
    ),
    '## Alerts\n',
    'These events are worth an alert:\n',
    ...events
      .filter(([, { alert }]) => alert)
      .map(([name]) => `- [\`${name}\`](../troubleshooting/log-events.md#${name.replaceAll('.', '')})`),
    '',
    ...Object.entries(LOG_EVENTS).flatMap(([group, members]) => [
      `## ${group}\n`,
      table(['event', 'level', 'kept in', 'meaning'], Object.entries(members).map(printRow)),
    ]),
  ].join('\n');
}

const printRow = ([name, { level, keptIn, meaning }]: [string, LogEvent]): string[] => [
  `\`${name}\``,
  level,
  keptIn === 'both' ? 'log, audit log' : keptIn,
  meaning,
];
