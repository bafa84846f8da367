import { parseJson } from '../http.js';

const MAX_DEPTH = 20;

/** Reads the body of an answer: JSON, or XML as if it were JSON. Undefined: neither. */
export function parseAnswer(text: string): unknown {
  return /^\s*</.test(text) ? parseXml(text) : parseJson(text);
}

/** The value at a JSON pointer (RFC 6901) as text. Undefined: there is none, or it is an object or a list. */
export function textAt(value: unknown, pointer: string): string | undefined {
  let found = value;
  for (const step of pointer.slice(1).split('/')) {
    if (typeof found !== 'object' || found === null) return undefined;
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    found = Object.hasOwn(found, key) ? (found as Record<string, unknown>)[key] : undefined;
  }
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined;
}

/**
 * Reads the elements of simple XML: texts, and elements within elements. Attributes, comments and declarations are
 * dropped; of equal elements the first counts. Entities that a document defines itself are not read (CWE-611).
 */
export function parseXml(text: string): unknown {
  const tokens = tokensOf(text);
  if (!tokens) return undefined;
  const root: Element = { name: '', children: {}, text: '' };
  const open = [root];
  for (const token of tokens) {
    const current = open.at(-1) as Element;
    const [, closing, name = '', selfClosing] = /^<(\/?)(?:[\w-]+:)?([\w.-]+)[^>]*?(\/?)>$/.exec(token) ?? [];
    if (!token.startsWith('<')) current.text += token;
    else if (closing) {
      if (open.length === 1 || current.name !== name) return undefined;
      open.pop();
      add(open.at(-1) as Element, current);
    } else if (name === '' || open.length > MAX_DEPTH) return undefined;
    else if (selfClosing) add(current, { name, children: {}, text: '' });
    else open.push({ name, children: {}, text: '' });
  }
  return open.length === 1 && Object.keys(root.children).length > 0 ? root.children : undefined;
}

/** Comments and declarations, by how they begin and end. */
const DROPPED = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<!', '>'],
] as const;

/** Tags and the texts between them. Undefined where something has no end. Takes time by the length of the text, whoever wrote it. */
function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  for (let at = 0; at < text.length;) {
    const dropped = DROPPED.find(([begin]) => text.startsWith(begin, at));
    const isTag = text.startsWith('<', at);
    const [begin, end] = dropped ?? (isTag ? ['<', '>'] : ['', '<']);
    const found = text.indexOf(end, at + begin.length);
    if (found === -1 && isTag) return undefined;
    const next = found === -1 ? text.length : found + (isTag ? end.length : 0);
    if (!dropped) tokens.push(text.slice(at, next));
    at = next;
  }
  return tokens;
}

interface Element {
  name: string;
  children: Record<string, unknown>;
  text: string;
}

function add(parent: Element, { name, children, text }: Element): void {
  const isLeaf = Object.keys(children).length === 0;
  if (!Object.hasOwn(parent.children, name)) parent.children[name] = isLeaf ? decoded(text.trim()) : children;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const decoded = (text: string) =>
  text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');
