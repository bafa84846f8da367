export type Fields = Record<string, unknown>;

/** Reads the fields of a form or of a JSON object. A malformed body has no fields. */
export function readBody(contentType: string | undefined, body: string): Fields {
  if (!contentType?.includes('json')) return Object.fromEntries(new URLSearchParams(body));
  try {
    const parsed: unknown = JSON.parse(quoteLongNumbers(body));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** Reads a field as text. Both APIs accept a number for digits. */
export function textField(fields: Fields, name: string): string {
  return asText(fields[name]);
}

export function textList(fields: Fields, name: string): string[] {
  const value = fields[name];
  return Array.isArray(value) ? value.map(asText) : [];
}

function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** A recId may be a number that JSON.parse would round, so it is put in quotes. Strings are left as they are. */
function quoteLongNumbers(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\d{16,}/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
