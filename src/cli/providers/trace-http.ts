import { AsyncLocalStorage } from 'node:async_hooks';
import { createRedactor } from './redactor.js';

/** Maximum number of characters of an answer that are printed. */
const MAX_BODY_LENGTH = 2_000;

export interface Trace {
  /** Printed as `***`. */
  secrets: readonly string[];
  /** Names of fields of answers whose values are secrets, such as a token that the provider issues. Names with `token` always are. */
  secretFields?: readonly string[];
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
  const { secrets, secretFields = [], printLine } = trace;
  const redact = createRedactor(secrets);
  printLine(redact(`> ${init?.method ?? 'GET'} ${typeof input === 'string' ? input : 'a request'}`));
  if (typeof init?.body === 'string') printLine(redact(`> ${readable(init.body)}`));
  const response = await untraced(input, init);
  // Redacted before it is shortened: a secret that is cut in two would not be found.
  const body = withoutFields(redact(await response.clone().text()), secretFields).slice(0, MAX_BODY_LENGTH);
  printLine(`< HTTP ${response.status} ${body}`);
  return response;
};

/** Replaces the values of these fields of JSON and XML, and of those that are named a token. */
function withoutFields(body: string, names: readonly string[]): string {
  const name = [String.raw`\w*token\w*`, 'jwt', ...names.map((one) => one.replaceAll(/[^\w]/g, String.raw`\$&`))].join(
    '|',
  );
  return body
    .replaceAll(new RegExp(String.raw`("(?:${name})"\s*:\s*)"[^"]*"`, 'gi'), '$1"***"')
    .replaceAll(new RegExp(`<(${name})>[^<]*<`, 'gi'), '<$1>***<');
}

/** Decodes a form, so that its Persian text is readable. JSON and XML are so already. */
function readable(body: string): string {
  if (/^\s*[{[<]/.test(body)) return body;
  return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).join(' ');
}
