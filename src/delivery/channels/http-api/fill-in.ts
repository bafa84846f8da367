import type { z } from 'zod';

type Json = z.core.util.JSONType;
export type Values = Readonly<Record<string, string>>;

/** A word in braces. Other braces are text, such as those of JSON. */
const PLACEHOLDER = /\{([a-z][A-Za-z.]*)\}/g;

/** Replaces each `{name}`. A name without a value stays, which the check of the definition reports. */
export const fillText = (text: string, values: Values, encode = (value: string) => value): string =>
  text.replaceAll(PLACEHOLDER, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : encode(value);
  });

/** Fills in the texts of a JSON value; the names of properties stay. */
export function fillJson(json: Json, values: Values): Json {
  if (typeof json === 'string') return fillText(json, values);
  if (Array.isArray(json)) return json.map((one) => fillJson(one, values));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([name, one]) => [name, fillJson(one, values)]));
}

const XML_CHARACTERS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export const escapeXml = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => XML_CHARACTERS[character] ?? '');

/** A value cannot leave its element. */
export const fillXml = (xml: string, values: Values): string => fillText(xml, values, escapeXml);

/** A value cannot leave its parameter. */
export const fillUrl = (url: string, values: Values): string => fillText(url, values, encodeURIComponent);

/** A value cannot leave its step of a JSON pointer (RFC 6901, section 3). */
export const fillPointer = (pointer: string, values: Values): string =>
  fillText(pointer, values, (value) => value.replaceAll('~', '~0').replaceAll('/', '~1'));

/** The names of the placeholders anywhere in a value. */
export const placeholdersIn = (value: unknown): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(PLACEHOLDER)].map(([, name]) => String(name))),
];
