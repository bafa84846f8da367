import { type Stats, createReadStream, statSync } from 'node:fs';
import { StartupError } from '../../startup-error.js';

/** The bytes of a file, and how many; of standard input, where the file is "-", nobody knows. */
export interface OpenedFile {
  bytes: AsyncIterable<Buffer>;
  size: number | undefined;
}

/** @throws StartupError when there is no such file, or it may not be read. */
export function openFile(file: string, onRead: (bytes: number) => void): OpenedFile {
  if (file === '-') return { bytes: counted(process.stdin, file, onRead), size: undefined };
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (stats.isDirectory()) throw new StartupError(`${file} is a folder, not a file.`);
  return { bytes: counted(createReadStream(file), file, onRead), size: stats.isFile() ? stats.size : undefined };
}

async function* counted(
  source: AsyncIterable<unknown>,
  file: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let read = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      read += chunk.length;
      onRead(read);
      yield chunk;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): StartupError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new StartupError(`There is no file ${file}.`, { cause });
  return new StartupError(`${file} cannot be read (${code ?? message}).`, { cause });
}
