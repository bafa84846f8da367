/** What goes over the wire to a provider and comes back, for a person to read: with every secret taken out. */
export type Show = (line: string) => void;

/**
 * Shows every request that `act` makes, and its answer, as lines. For a command, which does one thing at a time and then
 * ends: it listens to this process's `fetch`.
 */
export async function showingExchange<T>(secrets: string[], show: Show, act: () => Promise<T>): Promise<T> {
  const original = globalThis.fetch;
  const redact = redactor(secrets);
  globalThis.fetch = async (input, init) => {
    show(redact(`> ${init?.method ?? 'GET'} ${typeof input === 'string' ? input : 'a request'}`));
    if (typeof init?.body === 'string') show(redact(`> ${readable(init.body)}`));
    const response = await original(input, init);
    // Redacted first: a cut may go through a secret.
    show(`< HTTP ${response.status} ${redact(await response.clone().text()).slice(0, 2_000)}`);
    return response;
  };
  try {
    return await act();
  } finally {
    globalThis.fetch = original;
  }
}

/** Each secret, also as a URL, a form or JSON would write it. The longest first: one may hold another. */
export function redactor(secrets: string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => (secret === '' ? [] : spellingsOf(secret)));
  const sorted = [...new Set(forms)].toSorted((one, other) => other.length - one.length);
  return (text) => sorted.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), text);
}

function spellingsOf(secret: string): string[] {
  const escaped = [encodeURIComponent(secret), new URLSearchParams({ s: secret }).toString().slice(2)];
  const small = escaped.map((text) => text.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase()));
  return [secret, ...escaped, ...small, JSON.stringify(secret).slice(1, -1)];
}

/** A form with its Persian texts readable. */
function readable(body: string): string {
  if (body.startsWith('{')) return body;
  return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).join(' ');
}
