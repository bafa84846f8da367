import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDelimiter } from './delimiter.js';
import { LONGEST_LINE_BYTES } from './readable-lines.js';
import { type Row, openRows } from './rows.js';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Buffer, chunkSize = 65_536) {
  const { columns, rows } = await openRows(chunksOf(Buffer.from(text as string), chunkSize));
  const read: Row[] = [];
  for await (const row of rows) read.push(row);
  return { columns, rows: read };
}

const rowsOf = async (text: string | Buffer) => (await read(text)).rows.map(({ line, fields }) => [line, fields]);

describe('the first line of a file', () => {
  test.each([
    ['phone,name', ','],
    ['Name;PHONE;role', ';'],
    ['phone\tname', '\t'],
    ['"phone";"name"', ';'],
    ['phone', ','],
    // A comma within a name does not count, even if there are more commas.
    ['7010000002;Last, First, Second', ';'],
    ['"Last; First; Second",7010000002', ','],
    ['+7 (701) 000-00-02\tLast, First', '\t'],
  ])('%j is split at %j', (line, delimiter) => {
    expect(findDelimiter(line)).toBe(delimiter);
  });

  test.each([
    ['LOCALE, Phone ,name\n', ['locale', 'phone', 'name']],
    ['"phone";"role"\r\n', ['phone', 'role']],
    ['\uFEFFphone,name\n', ['phone', 'name']],
    ['\n\nphone\n', ['phone']],
  ])('%j is a header', async (text, columns) => {
    expect(await read(text)).toEqual({ columns, rows: [] });
  });

  test.each([
    ['7010000002', ['phone']],
    ['۰۹۱۲۰۰۰۰۰۰۴,x,USER', ['phone', 'name', 'role']],
    ['\uFEFF8 (701) 000-00-03;;;ru', ['phone', 'name', 'role', 'locale']],
    ['12', ['phone']], // a wrong one, but none that names a column
  ])('%j is read as a user and not as a header', async (text, columns) => {
    const { columns: found, rows } = await read(text);
    expect(found).toEqual(columns);
    expect(rows.map(({ line }) => line)).toEqual([1]);
  });

  test.each([
    ['phone,age,e-mail\n7010000002,1,x', /names unknown columns: "age", "e-mail"\. The columns are phone, name, role/],
    ['name,role\nx,USER', /does not name the column phone/],
    ['phone,name,Phone\n', /names the column phone twice/],
    ['7010000002,x,USER,ru,more\n', /has 5 columns and is not a header/],
    ['"phone,name\n7010000002,x\n', /The first line \(line 1\) cannot be read: a quote is opened and not closed/],
    ['', /is empty/],
    ['\uFEFF\r\n\n', /is empty/],
    [' , \n,\n', /is empty/],
    [Buffer.from('\uFEFFphone,name\n', 'utf16le'), /is in UTF-16/],
  ])('%j is refused', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('the lines of a file', () => {
  test('are numbered as in an editor, with any line ending and with empty lines counted', async () => {
    expect(await rowsOf('phone,name\r\n1,a\n\n,\r2,b\r\n3,"c, ""d"""')).toEqual([
      [2, ['1', 'a']],
      [5, ['2', 'b']],
      [6, ['3', 'c, "d"']],
    ]);
  });

  test('a line with an unclosed quote is refused, and the next lines are read', async () => {
    expect(await rowsOf('phone,name\n1,"a\n2,b\n3,x"y,"z\n4,"d"')).toEqual([
      [2, 'a quote is opened and not closed'],
      [3, ['2', 'b']],
      [4, 'a quote is opened and not closed'],
      [5, ['4', 'd']],
    ]);
  });

  test('a quote in the middle of a field is an ordinary character', async () => {
    expect(await rowsOf('phone,name\n1,Ali "Bek" X\n2,"Ali" Bek\n')).toEqual([
      [2, ['1', 'Ali "Bek" X']],
      [3, ['2', '"Ali" Bek']],
    ]);
  });

  test.each([16, 1000, 65_536])(
    'a line that is too long is refused without being held in memory, in chunks of %i bytes',
    async (size) => {
      const long = 'x'.repeat(LONGEST_LINE_BYTES * (size === 16 ? 1 : 20));
      const reason = `the line is longer than ${LONGEST_LINE_BYTES} bytes`;
      expect((await read(`phone,name\n1,${long}\r\n2,b\r\n3,${long}`, size)).rows).toEqual([
        { line: 2, fields: reason },
        { line: 3, fields: ['2', 'b'] },
        { line: 4, fields: reason },
      ]);
    },
  );

  // The CSV parser must end a record where readableLines ends a line.
  test('each line gives one record or is refused, for any line endings and chunk sizes', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', '"', '""', ',', ' ', 'ж', ';'), maxLength: 12 });
    const ending = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(line, ending), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        async (lines, size) => {
          const text = `phone,name\n${lines.map(([body, end]) => `x${body}${end}`).join('')}y,last`;
          const { rows } = await read(text, size);
          expect(rows).toEqual((await read(text)).rows);
          expect(rows.map(({ line }) => line)).toEqual([...lines, 'last'].map((_, index) => index + 2));
          expect(rows.at(-1)?.fields).toEqual(['y', 'last']);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('an error of the source ends the reading with that error', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('phone\n7010000002\n');
      throw new Error('the disk is gone');
    }
    const reading = async () => {
      const { rows } = await openRows(broken());
      for await (const row of rows) expect(row.line).toBe(2);
    };
    await expect(reading()).rejects.toThrow('the disk is gone');
  });

  test('the source is released by close(), and after a first line that is refused', async () => {
    for (const [first, isMistake] of [
      ['7010000002\n', false],
      ['age\n', true],
    ] as const) {
      let released = false;
      const source = (async function* () {
        try {
          for (;;) yield Buffer.from(first);
        } finally {
          released = true;
        }
      })();
      if (isMistake) await expect(openRows(source)).rejects.toThrow(/"age"/);
      else await (await openRows(source)).close();
      await expect.poll(() => released).toBe(true);
    }
  });
});
