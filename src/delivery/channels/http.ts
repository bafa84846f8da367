import { type Failed, failed } from './channel.js';

/** A provider's answer with any HTTP status, because many providers put the result into the body. */
export interface Answer {
  status: number;
  text: string;
}

/** Most answers have a few hundred bytes. A queue or a journal is longer. */
const MAX_ANSWER_CHARACTERS = 1_000_000;

/** Errors before a connection is established: nothing was sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Sends a request to a provider. Returns a `Failed` for every error and never throws, because an error would contain
 * the URL, and the URL contains a key. Redirects are not followed, so that no other host receives the key.
 */
export async function sendRequest(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer | Failed> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, text: (await response.text()).slice(0, MAX_ANSWER_CHARACTERS) };
  } catch (error) {
    return isProxyAuthentication(error) ? { status: 407, text: '' } : describe(error, signal);
  }
}

/**
 * fetch turns HTTP 407 into a network error (Fetch standard, HTTP-network-or-cache fetch), but Kavenegar uses 407 as a
 * result. In Node.js 20, 22 and 24, only this error has a cause without a code and a message.
 */
function isProxyAuthentication(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error && cause.message === '' && codeOf(cause) === '';
}

export function isFailed(answer: object): answer is Failed {
  return 'outcome' in answer && answer.outcome === 'failed';
}

function describe(error: unknown, signal: AbortSignal): Failed {
  if (signal.aborted) return failed('timeout', 'no answer');
  const code = codeOf(error);
  if (NOT_CONNECTED.has(code)) return failed('channel_down', code, { retry: true });
  // The connection broke while the request was being sent: the provider may have received it.
  return failed('channel_down', code || 'no answer');
}

/** The code of an error or of its cause: `fetch` wraps every error into "fetch failed". */
function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code)) return code;
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  return cause ? codeOf(cause) : '';
}

/**
 * Parses JSON and returns integers of 16 or more digits as strings, because IDs of messages exceed 2^53.
 *
 * @returns undefined if the text is not JSON, such as a proxy's HTML page or an empty body
 */
export function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!/\d{16}/.test(text)) return parsed;
    // In text that is not JSON, quotes without an end would make this take time by the square of its length.
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
        /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
      ),
    );
  } catch {
    return undefined;
  }
}
