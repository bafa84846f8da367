import { constants, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Standard output, to which a process writes its log without ever waiting for the reader. */
export interface LogOutput {
  /** Writes one or more whole lines. */
  write(text: string): void;
}

/** Bytes of lines that wait for the reader, about 4,000 lines. Further lines are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** How often a full pipe is tried again. */
const RETRY_MS = 20;
/** At its end, the process waits this long for a reader that reads nothing. */
const EXIT_MS = 1_000;

/**
 * Writes each line at once, so that the lines before a crash are not lost. While the reader does not read, lines wait in
 * memory. See docs/decisions/0067.
 *
 * @param onDropped called with the number of dropped lines when the reader has read all others
 */
export function openLogOutput({
  fd = openStandardOutput(),
  maxBytes = MAX_WAITING_BYTES,
  onDropped,
}: {
  /** Writing to it must not block. */
  fd?: number;
  maxBytes?: number;
  onDropped: (lines: number) => void;
}): LogOutput {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let retry: NodeJS.Timeout | undefined;

  function keep(bytes: Buffer): void {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    tryLater();
  }

  function tryLater(): void {
    retry ??= setTimeout(() => {
      retry = undefined;
      writeWaiting();
    }, RETRY_MS).unref();
  }

  /** @returns whether anything was written */
  function writeWaiting(): boolean {
    const before = waitingBytes;
    let count = 0;
    for (const bytes of waiting) {
      const rest = writeNow(fd, bytes);
      waitingBytes -= bytes.length - rest.length;
      waiting[count] = rest;
      if (rest.length > 0) break;
      count += 1;
    }
    waiting = waiting.slice(count);
    if (waiting.length > 0) tryLater();
    else if (dropped > 0) {
      const lines = dropped;
      dropped = 0;
      onDropped(lines);
    }
    return waitingBytes < before;
  }

  process.once('exit', () => {
    for (let until = performance.now() + EXIT_MS; waiting.length > 0 && performance.now() < until;) {
      if (writeWaiting()) until = performance.now() + EXIT_MS;
      else sleep(RETRY_MS);
    }
  });

  return {
    write(text) {
      const bytes = Buffer.from(text);
      if (waiting.length === 0) {
        const rest = writeNow(fd, bytes);
        if (rest.length > 0) keep(rest);
      } else if (waitingBytes + bytes.length > maxBytes) dropped += 1;
      else keep(bytes);
    },
  };
}

/** @returns what the reader does not take now. Nothing when there is no reader any more. */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return Buffer.alloc(0);
    // EAGAIN, or a full disk: tried again later.
  }
  return bytes.subarray(written);
}

/** A descriptor of standard output whose writes return EAGAIN where they would wait. */
function openStandardOutput(): number {
  const { fd } = process.stdout; // Node.js makes a pipe or a socket non-blocking when the property is read
  if (!isatty(fd)) return fd;
  try {
    // A terminal is opened again, because the shell and other programs share its descriptor.
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
