import { Readable, pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { StartupError } from '../../startup-error.js';
import { type Column, readColumns } from './columns.js';
import { type Delimiter, findDelimiter } from './delimiter.js';
import { peekFirstLine } from './first-line.js';
import { readableLines } from './readable-lines.js';

/** A line of the file that is not empty: its fields, or why they cannot be read. */
export interface Row {
  line: number;
  fields: string[] | string;
}

export interface OpenedRows {
  columns: Column[];
  rows: AsyncIterable<Row>;
  /** Lets go of the source, however much of it was read. */
  close(): Promise<void>;
}

/**
 * Opens a CSV file: UTF-8 with or without a byte order mark, lines that end as anywhere, fields between commas, semicolons
 * or tabs, quoted or not, with a header or without. However long it is, a few blocks of it are held at a time.
 *
 * @throws StartupError when its first line says nothing we know.
 */
export async function openRows(source: AsyncIterable<Buffer>): Promise<OpenedRows> {
  const { firstLine, bytes } = await peekFirstLine(source);
  const rows = readRows(bytes, findDelimiter(firstLine));
  const close = async (): Promise<void> => void (await rows.return(undefined));
  try {
    const { value: first } = (await rows.next()) as IteratorResult<Row, undefined>;
    if (!first) throw new StartupError('The file is empty.');
    if (typeof first.fields === 'string')
      throw new StartupError(`Line ${first.line}, the first, cannot be read: ${first.fields}.`);
    const { columns, isHeader } = readColumns(first.fields);
    return { columns, rows: isHeader ? rows : following(first, rows), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* following(first: Row, rows: AsyncGenerator<Row>): AsyncGenerator<Row> {
  yield first;
  yield* rows;
}

async function* readRows(bytes: AsyncIterable<Buffer>, delimiter: Delimiter): AsyncGenerator<Row> {
  /** Refused lines that the parser has not come to yet. */
  const refused = new Map<number, string>();
  const lines = readableLines(bytes, delimiter, (line, reason) => refused.set(line, reason));
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: 0,
  });
  pipeline(Readable.from(lines, { objectMode: false }), parser, () => {}); // what goes wrong ends the loop below
  // The parser counts an end of two characters within quotes twice; each line gives one record, so counting is enough.
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
