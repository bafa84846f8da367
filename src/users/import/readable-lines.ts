import type { Delimiter } from './delimiter.js';

/** A line is held in memory as a whole. Four fields of a user are much shorter. */
export const LONGEST_LINE_BYTES = 8_192;

const [LF, CR, QUOTE] = [0x0a, 0x0d, 0x22];

/**
 * The bytes of a file in blocks of whole lines. A refused line leaves an empty line in its place, so each line still
 * gives the CSV parser one record and the line numbers stay right. Two kinds of lines are refused. After a quote that
 * is not closed, the parser would read all lines up to the next quote into one field. A line that is too long would
 * fill the memory.
 */
export async function* readableLines(
  bytes: AsyncIterable<Buffer>,
  delimiter: Delimiter,
  refuse: (line: number, reason: string) => void,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  /** Whether the current line was refused because of its length. */
  let skipping = false;

  function* blocks(text: Buffer): Generator<Buffer> {
    let [good, start] = [0, 0];
    for (;;) {
      const ended = endOf(text, start, delimiter.charCodeAt(0));
      if (!ended) break;
      const isLong = skipping || ended.end - start > LONGEST_LINE_BYTES;
      if (isLong || ended.isOpen) {
        if (!skipping) refuse(line, isLong ? TOO_LONG : 'a quote is opened and not closed');
        skipping = false;
        yield text.subarray(good, start);
        yield Buffer.from('\r\n'); // a line feed alone would join a preceding carriage return
        good = ended.end;
      }
      start = ended.end;
      line += 1;
    }
    yield text.subarray(good, start);
    rest = text.subarray(start);
    if (!skipping && rest.length > LONGEST_LINE_BYTES) {
      refuse(line, TOO_LONG);
      skipping = true;
    }
    // The carriage return may be followed by a line feed that belongs to the same line ending.
    if (skipping) rest = rest.subarray(rest.at(-1) === CR ? -1 : rest.length);
  }

  for await (const chunk of bytes) yield* blocks(rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk);
  if (rest.length > 0 || skipping) yield* blocks(Buffer.concat([rest, Buffer.from('\n')]));
}

const TOO_LONG = `the line is longer than ${LONGEST_LINE_BYTES} bytes`;

/**
 * The end of the line that begins at `start`, after its CR, LF or both, and whether a quote is still open there.
 * Undefined when `text` ends first.
 */
function endOf(text: Buffer, start: number, delimiter: number): { end: number; isOpen: boolean } | undefined {
  let isFieldStart = true;
  let isOpen = false;
  for (let at = start; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === LF) return { end: at + 1, isOpen };
    if (byte === CR) {
      if (at + 1 === text.length) return undefined;
      return { end: text[at + 1] === LF ? at + 2 : at + 1, isOpen };
    }
    if (isOpen) {
      if (byte !== QUOTE) continue;
      if (text[at + 1] === QUOTE) at += 1;
      else isOpen = false;
      continue;
    }
    if (byte === QUOTE && isFieldStart) isOpen = true;
    isFieldStart = byte === delimiter;
  }
  return undefined;
}
