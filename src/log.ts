import pino, { type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './config/names.js';
import { categoryOf } from './log-category.js';

/**
 * Logs one line for each event: `log.info({ event: 'otp.sent', … })`. Never log a code, a token, a secret, a provider URL or a
 * whole phone number.
 */
export type Log = Logger;

export function createLog(level: 'silent'): Log;
export function createLog(level: LogLevel, destination: DestinationStream): Log;
export function createLog(level: LogLevel, destination: DestinationStream = { write() {} }): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: ({ event, ...fields }) => ({ event, category: categoryOf(String(event)), ...fields }),
      },
      // The name, code and message of an error. The stack of a bug is logged in a separate field.
      serializers: { error: describeError },
    },
    destination,
  );
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, code } = error as Error & { code?: unknown };
  return {
    name,
    ...(code === undefined ? {} : { code }),
    message,
    ...(error.cause ? { cause: describeError(error.cause) } : {}),
  };
}
