import { type Failed, failed } from './channel.js';

/** What came back from a provider, whatever its status: the result is in the body more often than not. */
export interface Answer {
  status: number;
  text: string;
}

/** An answer is a few hundred bytes; a queue or a journal may be longer. */
const MAX_ANSWER_CHARACTERS = 1_000_000;

/** Errors before a connection stood: nothing can have been sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Asks a provider. What goes wrong on the way is a `Failed`, and never an error: an error would hold the URL, and with
 * it the key. Redirects are not followed, for the same reason.
 */
export async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer | Failed> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, text: (await response.text()).slice(0, MAX_ANSWER_CHARACTERS) };
  } catch (error) {
    return isProxyAuthentication(error) ? { status: 407, text: '' } : describe(error, signal);
  }
}

/**
 * Fetch turns HTTP 407 into a network error (Fetch standard, HTTP-network-or-cache fetch), and a provider may mean
 * something else by it. Node tells it by a cause without code or message (20, 22 and 24), as it does nothing else.
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
  // The connection broke with the message on its way: it may have arrived.
  return failed('channel_down', code || 'no answer');
}

/** Of the error or of what caused it: `fetch` wraps everything into "fetch failed". */
function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code)) return code;
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  return cause ? codeOf(cause) : '';
}

/**
 * JSON whose long whole numbers stay exact, as texts: ids of messages exceed 2^53.
 *
 * @returns nothing when it is no JSON (a gateway's HTML page, an empty body)
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
        /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
      ),
    );
  } catch {
    return undefined;
  }
}
