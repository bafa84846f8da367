import { escapeXml } from '../../delivery/channels/http-api/fill-in.js';

/**
 * Creates a function that replaces each secret by `***`, also where the secret is encoded for a URL, a form, JSON or XML.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => (secret === '' ? [] : spellingsOf(secret)));
  // The longest first, because one secret may contain another.
  const sorted = [...new Set(forms)].toSorted((one, other) => other.length - one.length);
  return (text) => sorted.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), text);
}

function spellingsOf(secret: string): string[] {
  const escaped = [encodeURIComponent(secret), new URLSearchParams({ s: secret }).toString().slice(2)];
  const lowerCase = escaped.map((text) => text.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase()));
  return [secret, ...escaped, ...lowerCase, JSON.stringify(secret).slice(1, -1), escapeXml(secret)];
}
