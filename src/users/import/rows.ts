import { Readable, pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { StartupError } from '../../startup-error.js';
import { type Column, readColumns } from './columns.js';
import { type Delimiter, findDelimiter } from './delimiter.js';
import { peekFirstLine } from './first-line.js';
import { readableLines } from './readable-lines.js';

/** A line of the file that is not empty. */
export interface Row {
  /** The line number in an editor, from 1. */
  line: number;
  /** The reason, if the line cannot be read. */
  fields: string[] | string;
}

export interface OpenedRows {
  columns: Column[];
  rows: AsyncIterable<Row>;
  /** Releases the source, also before all of it was read. */
  close(): Promise<void>;
}

/**
 * Opens a CSV file: UTF-8 with or without a byte order mark; lines that end with LF, CR LF or CR; fields separated by
 * commas, semicolons or tabs, quoted or not; with or without a header. Holds a few blocks of the file in memory.
 *
 * @throws StartupError when the first line cannot be read, or is neither a header nor the line of a user.
 */
export async function openRows(source: AsyncIterable<Buffer>): Promise<OpenedRows> {
  const { firstLine, bytes } = await peekFirstLine(source);
  const rows = readRows(bytes, findDelimiter(firstLine));
  const close = async (): Promise<void> => void (await rows.return(undefined));
  try {
    const { value: first } = (await rows.next()) as IteratorResult<Row, undefined>;
    if (!first) throw new StartupError('The file is empty.');
    if (typeof first.fields === 'string')
      throw new StartupError(`The first line (line ${first.line}) cannot be read: ${first.fields}.`);
    const { columns, isHeader } = readColumns(first.fields);
    return { columns, rows: isHeader ? rows : withFirst(first, rows), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* withFirst(first: Row, rows: AsyncGenerator<Row>): AsyncGenerator<Row> {
  yield first;
  yield* rows;
}

async function* readRows(bytes: AsyncIterable<Buffer>, delimiter: Delimiter): AsyncGenerator<Row> {
  /** Refused lines that the parser has not reached yet. */
  const refused = new Map<number, string>();
  const lines = readableLines(bytes, delimiter, (line, reason) => refused.set(line, reason));
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: 0,
  });
  pipeline(Readable.from(lines, { objectMode: false }), parser, () => {}); // an error ends the loop below
  // Each line gives one record. The parser's own line number is not used, because it counts CR LF within quotes twice.
  let line = 0;
  for await (const fields of parser as AsyncIterable<string[]>) {
    line += 1;
    const reason = refused.get(line);
    if (reason !== undefined) {
      refused.delete(line);
      yield { line, fields: reason };
    } else if (fields.some((field) => field.trim() !== '')) yield { line, fields };
  }
}
