import fc from 'fast-check';
import { expect } from 'vitest';
import { StartupError } from '../../src/startup-error.js';
import { readUser } from '../../src/users/import/read-user.js';
import { openRows } from '../../src/users/import/rows.js';
import { mutatedText } from './fuzz/mutate.js';
import { readCorpus, testTarget } from './fuzz/test-target.js';

interface File {
  bytes: Buffer;
  /** Sizes of the blocks in which the file is read. */
  blocks: number[];
}

const NAME = 'user-import';
const ROLES = ['USER', 'MANAGER', 'ADMIN'];
const corpus = readCorpus(NAME).map(([, file]) => file);
const blocks = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

testTarget<File>({
  name: NAME,
  random: fc.oneof(
    fc.record({ bytes: mutatedText(corpus.map(String)).map((text) => Buffer.from(text)), blocks }),
    // As bytes, so that the edits also break UTF-8.
    fc.record({
      bytes: mutatedText(corpus.map((file) => file.toString('latin1'))).map((text) => Buffer.from(text, 'latin1')),
      blocks,
    }),
    fc.record({ bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), blocks }),
  ),
  parse: (bytes) => [[bytes.length > 1_000 ? 1_000 : 1], [70, 30], [65_536]].map((sizes) => ({ bytes, blocks: sizes })),
  async check({ bytes, blocks: sizes }) {
    const users = await read(bytes, sizes);
    expect(await read(bytes, [65_536]), 'the same file in one block').toEqual(users);
    if (typeof users === 'string') return;
    for (const { line, user } of users) {
      expect(line).toBeGreaterThan(0);
      if (typeof user === 'string') continue;
      expect(user.phone).toMatch(/^\+[1-9]\d{6,14}$/);
      expect([...ROLES, null]).toContain(user.role);
      expect(user.name ?? '').not.toMatch(/[\0\r\n]/);
    }
    const lines = users.map(({ line }) => line);
    expect(lines).toEqual([...new Set(lines)].toSorted((one, other) => one - other));
  },
});

/** The users of a file, or the sentence with which it is refused. */
async function read(bytes: Buffer, sizes: number[]) {
  try {
    const { columns, rows } = await openRows(inBlocks(bytes, sizes));
    const users = [];
    for await (const { line, fields } of rows)
      users.push({
        line,
        user:
          typeof fields === 'string' ? fields : readUser(fields, { columns, roles: ROLES, countries: ['KZ', 'KG'] }),
      });
    return users;
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as Error).message;
  }
}

async function* inBlocks(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
