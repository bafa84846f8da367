import fc from 'fast-check';

/** Pieces that parsers, databases and JavaScript objects treat specially. */
const PIECES = [
  '',
  '\0',
  '\uD800',
  '\uFEFF',
  '\u202E',
  '"',
  '\\',
  '\\u0000',
  '\r',
  '\n',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ',',
  ';',
  '\t',
  '@g.us',
  '@lid',
  '@c.us',
  '__proto__',
  'constructor',
  'null',
  '-1',
  '1e400',
  '9007199254740993',
  '99999999999999999999',
  '۰۹۱۲',
  '%00',
  '%',
  '&',
  '=',
  '#',
  '...',
  '$',
  'x'.repeat(300),
  '🙂',
];

/** Values that replace a value of any kind. */
const STRANGE_VALUES = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(...PIECES, 1e20, -1e20, 2 ** 53, -1, 0, 1.5, null, true, [], {}, [[[[]]]]),
);

/** A text of the list in which up to four stretches are removed, repeated or replaced. */
export const mutatedText = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .record({
      text: fc.constantFrom(...texts),
      edits: fc.array(
        fc.record({
          at: fc.nat(),
          length: fc.integer({ min: 0, max: 12 }),
          piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 8 })),
          kind: fc.constantFrom('insert', 'replace', 'repeat', 'cut'),
        }),
        { maxLength: 4 },
      ),
    })
    .map(({ text, edits }) => {
      let edited = text;
      for (const { at, length, piece, kind } of edits) {
        const start = at % (edited.length + 1);
        const stretch = edited.slice(start, start + length);
        const rest = edited.slice(start + length);
        if (kind === 'cut') edited = edited.slice(0, start);
        else if (kind === 'insert') edited = edited.slice(0, start) + piece + stretch + rest;
        else if (kind === 'repeat') edited = edited.slice(0, start) + stretch.repeat(3) + rest;
        else edited = edited.slice(0, start) + piece + rest;
      }
      return edited;
    });

/** A JSON value of the list in which up to three values, at any depth, are replaced or removed. */
export const mutatedJson = <Value>(values: readonly Value[]): fc.Arbitrary<Value> =>
  fc
    .record({
      value: fc.constantFrom(...values),
      edits: fc.array(fc.record({ at: fc.nat(), instead: STRANGE_VALUES, remove: fc.boolean() }), { maxLength: 3 }),
    })
    .map(({ value, edits }) => {
      const copy = structuredClone(value);
      for (const { at, instead, remove } of edits) {
        const places = placesOf(copy);
        const [holder, key] = places[at % places.length] ?? [{}, ''];
        if (remove) delete holder[key];
        // Assigning would call the setter of `__proto__`.
        else
          Object.defineProperty(holder, key, { value: instead, enumerable: true, configurable: true, writable: true });
      }
      return copy;
    });

type Place = [holder: Record<string, unknown>, key: string];

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key): Place[] => [[holder, key], ...placesOf(holder[key])]);
}
