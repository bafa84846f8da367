import { inspect } from 'node:util';

const RESET = '\u001B[0m';
const COLORS: Record<string, string> = { warn: '\u001B[33m', error: '\u001B[31m', fatal: '\u001B[31m' };

/**
 * A JSON line of the log as a line for people: `12:30:01.250 INFO [OTP] otp.sent attemptId=… channel=green-api`. The time is
 * in UTC, as in JSON. Line breaks in values stay escaped, so that nobody who writes a value can add a line.
 */
export function prettyLine(json: string, { colors }: { colors: boolean }): string {
  const { time, level, category, event, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const label = String(level).toUpperCase();
  const color = colors ? COLORS[String(level)] : undefined;
  const values = Object.entries(fields).map(([name, value]) => `${name}=${printValue(value)}`);
  return `${[
    String(time).slice(11, 23),
    color === undefined ? label : `${color}${label}${RESET}`,
    `[${String(category)}]`,
    String(event),
    ...values,
  ].join(' ')}\n`;
}

const printValue = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:+*@/-]+$/.test(value) ? value : inspectOnOneLine(value);

const inspectOnOneLine = (value: unknown): string =>
  inspect(value, { breakLength: Infinity, compact: true, depth: 6, maxStringLength: null }).replaceAll(
    /\p{Cc}/gu,
    (character) => JSON.stringify(character).slice(1, -1),
  );
