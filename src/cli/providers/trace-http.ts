import { AsyncLocalStorage } from 'node:async_hooks';
import { createRedactor } from './redactor.js';

/** Maximum number of characters of an answer that are printed. */
const MAX_BODY_LENGTH = 2_000;

export interface Trace {
  /** Printed as `***`. */
  secrets: readonly string[];
  printLine: (line: string) => void;
}

const traces = new AsyncLocalStorage<Trace>();
let active = 0;
let untraced: typeof fetch;

/** Prints every request that `act` makes with `fetch`, and its answer, as lines without secrets. */
export async function traceHttp<T>(act: () => Promise<T>, trace: Trace): Promise<T> {
  if (active === 0) {
    untraced = globalThis.fetch;
    globalThis.fetch = tracedFetch;
  }
  active += 1;
  try {
    return await traces.run(trace, act);
  } finally {
    active -= 1;
    if (active === 0) globalThis.fetch = untraced;
  }
}

const tracedFetch: typeof fetch = async (input, init) => {
  const trace = traces.getStore();
  if (!trace) return untraced(input, init);
  const { secrets, printLine } = trace;
  const redact = createRedactor(secrets);
  printLine(redact(`> ${init?.method ?? 'GET'} ${typeof input === 'string' ? input : 'a request'}`));
  if (typeof init?.body === 'string') printLine(redact(`> ${readable(init.body)}`));
  const response = await untraced(input, init);
  // Redacted before it is shortened: a secret that is cut in two would not be found.
  const body = redact(await response.clone().text()).slice(0, MAX_BODY_LENGTH);
  printLine(`< HTTP ${response.status} ${body}`);
  return response;
};

/** Decodes a form, so that its Persian text is readable. */
function readable(body: string): string {
  if (body.startsWith('{')) return body;
  return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).join(' ');
}
