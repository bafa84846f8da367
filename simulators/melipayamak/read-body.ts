export type Fields = Record<string, unknown>;

/** The fields of a form or of a JSON object; none of what cannot be read. */
export function readBody(contentType: string | undefined, body: string): Fields {
  if (!contentType?.includes('json')) return Object.fromEntries(new URLSearchParams(body));
  try {
    const parsed: unknown = JSON.parse(quoteLongNumbers(body));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** A field as text; numbers count, since both interfaces take them in place of digits. */
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

/** A recId may come as a bare number, of which JSON.parse would lose the end. Texts are stepped over whole. */
function quoteLongNumbers(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\d{16,}/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
