const OWN_REASONS: [pattern: RegExp, reason: string][] = [
  [/invalid reply: null/, 'UNKNOWN_MASTER'],
  [/by Sentinel instances/, 'IS_SENTINEL'],
  [/cluster support disabled/, 'NO_CLUSTER'],
  [/max number of clients/, 'MAX_CLIENTS'],
  [/unknown command/i, 'UNKNOWN_COMMAND'],
  [/^Command queue state error.*sunsubscribe/s, 'MOVED'], // see redis-link.ts
  [/timed? ?out/i, 'NO_ANSWER'],
  [/connection is closed|connection close$|isn't writeable|max retries per request/i, 'CLOSED'],
];
/** The first word of an answer of Redis, or a code of Node, also inside the message of another error. */
const CODE = /\b(NOAUTH|WRONGPASS|DENIED|LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|E[A-Z]{4,}|ERR_[A-Z_\d]+)\b/;

/**
 * A short name of what went wrong, for the log and the doctor: a code of the operating system or of TLS, the first word
 * of an answer of Redis, or one of our own. `NOPERM publish` is a command that the user of Redis may not use, `NOPERM
 * channels` a channel. The message itself is not used, because it may name users and hosts.
 */
export function reasonOf(error: unknown): string {
  const { code, message = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (typeof code === 'string') return code;
  if (/\bNOPERM\b/.test(message)) return `NOPERM ${/the '([a-z]+)[a-z|]*' command/.exec(message)?.[1] ?? 'channels'}`;
  const own = OWN_REASONS.find(([pattern]) => pattern.test(message));
  return own?.[1] ?? CODE.exec(message)?.[1] ?? 'UNKNOWN';
}

/** Whether Redis answered, so the connection works, and refused the command. */
export const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';
