import { StartupError } from '../../startup-error.js';

const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_BOMS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** The number of bytes that are read at most to find the first line. */
const MAX_BYTES = 65_536;

/**
 * Reads the first line that is not empty. `bytes` is the whole file again, including that line, without a byte order
 * mark.
 *
 * @throws StartupError when the file is empty or in UTF-16.
 */
export async function peekFirstLine(
  source: AsyncIterable<Buffer>,
): Promise<{ firstLine: string; bytes: AsyncIterable<Buffer> }> {
  const reader = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await reader.next();
    if (!done) head = Buffer.concat([head, value]);
    if (done || head.length > MAX_BYTES || /[^\r\n][\r\n]/.test(head.toString('latin1'))) break;
  }
  if (UTF16_BOMS.some((mark) => startsWith(head, mark))) {
    await reader.return?.();
    throw new StartupError('The file is in UTF-16: save it as UTF-8 (in Excel: "CSV UTF-8").');
  }
  if (startsWith(head, UTF8_BOM)) head = head.subarray(UTF8_BOM.length);
  const firstLine = head
    .toString()
    .split(/[\r\n]/)
    .find((line) => line !== '');
  if (firstLine === undefined) throw new StartupError('The file is empty.');
  return { firstLine, bytes: following(head, reader) };
}

const startsWith = (bytes: Buffer, mark: Buffer): boolean => bytes.subarray(0, mark.length).equals(mark);

async function* following(head: Buffer, reader: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => reader };
}
