import { type Stats, createReadStream, statSync } from 'node:fs';
import { StartupError } from '../../startup-error.js';

export interface OpenedFile {
  bytes: AsyncIterable<Buffer>;
  /** Size in bytes; undefined for standard input. */
  size: number | undefined;
}

interface OpenFileDeps {
  stdin: AsyncIterable<Uint8Array>;
  /** Called with the number of bytes read so far. */
  onRead: (bytes: number) => void;
}

/** Opens a file, or standard input for "-". @throws StartupError when there is no such file, or it cannot be read */
export function openFile(file: string, deps: OpenFileDeps): OpenedFile {
  const open = (source: AsyncIterable<Uint8Array>) => countBytes(source, { file, onRead: deps.onRead });
  if (file === '-') return { bytes: open(deps.stdin), size: undefined };
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (stats.isDirectory()) throw new StartupError(`${file} is a folder, not a file.`);
  return {
    bytes: open(createReadStream(file) as AsyncIterable<Buffer>),
    size: stats.isFile() ? stats.size : undefined,
  };
}

async function* countBytes(
  source: AsyncIterable<Uint8Array>,
  { file, onRead }: { file: string; onRead: (bytes: number) => void },
): AsyncGenerator<Buffer> {
  let read = 0;
  try {
    for await (const chunk of source) {
      read += chunk.length;
      onRead(read);
      yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
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
