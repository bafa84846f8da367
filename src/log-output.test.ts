import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type LogOutput, openLogOutput } from './log-output.js';

const folder = mkdtempSync(join(tmpdir(), 'phonegate-log-'));
const open: number[] = [];
let pipes = 0;

/** A pipe. Nobody reads it until the test does. */
function openPipe(): { path: string; fill(): void; read(): string } {
  const path = join(folder, `pipe-${(pipes += 1)}`);
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  open.push(fd);
  return {
    path,
    fill() {
      for (const text of [`${'-'.repeat(99)}\n`, '\n'])
        expect(() => {
          for (;;) writeSync(fd, text);
        }).toThrow(/EAGAIN/);
    },
    /** What the pipe holds now. */
    read() {
      const bytes = Buffer.alloc(1024 * 1024);
      try {
        return bytes.toString('utf8', 0, readSync(fd, bytes));
      } catch {
        return '';
      }
    },
  };
}

function openOutput(path: string, options: Partial<Parameters<typeof openLogOutput>[0]> = {}): LogOutput {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  open.push(fd);
  return openLogOutput({ fd, onDropped: (lines) => void written.push(lines), ...options });
}
let written: unknown[] = [];

afterEach(() => {
  for (const fd of open.splice(0)) closeSync(fd);
  written = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

const numbered = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}\n`);

test('writes each line at once while the reader reads', () => {
  const pipe = openPipe();
  const output = openOutput(pipe.path);
  for (const line of numbered(1, 100)) output.write(line);
  expect(pipe.read()).toBe(numbered(1, 100).join(''));
});

test('lines wait in order for a reader that has stopped, and are written whole when it reads again', async () => {
  const pipe = openPipe();
  const output = openOutput(pipe.path);
  pipe.fill();
  const long = `${'x'.repeat(70_000)}\n`;
  for (const line of [...numbered(1, 500), long, ...numbered(501, 1000)]) output.write(line);
  let read = '';
  await expect
    .poll(() => (read += pipe.read()).replaceAll(/^-*\n/gm, ''), { interval: 10 })
    .toBe([...numbered(1, 500), long, ...numbered(501, 1000)].join(''));
  expect(written).toEqual([]);
});

test('lines above the bound are dropped and counted, and the count is reported after the lines that waited', async () => {
  const pipe = openPipe();
  const output = openOutput(pipe.path, {
    maxBytes: 700,
    onDropped: (lines) => output.write(`dropped ${lines}\n`),
  });
  pipe.fill();
  for (const line of numbered(100, 299)) output.write(line); // 9 bytes each
  let read = '';
  await expect
    .poll(() => (read += pipe.read()).replaceAll(/^-*\n/gm, ''), { interval: 10 })
    .toBe([...numbered(100, 176), 'dropped 123\n'].join(''));
  output.write('later\n');
  expect(pipe.read()).toBe('later\n');
});

test('a reader that is gone costs nothing and stops nothing', () => {
  const pipe = openPipe();
  const output = openOutput(pipe.path);
  closeSync(open.shift() as number);
  for (const line of numbered(1, 100)) output.write(line);
  expect(written).toEqual([]);
});

const built = new URL('../dist/log-output.js', import.meta.url).href;

/** Runs a program that writes 3,000 lines, more than a pipe holds, and then ends in some way. */
async function linesOf(end: string, { readAfterMs }: { readAfterMs: number }) {
  const program = `
    import { openLogOutput } from '${built}';
    const output = openLogOutput({ onDropped: () => {} });
    for (let n = 1; n <= 3000; n += 1) output.write('line ' + n + ' ' + '.'.repeat(90) + '\\n');
    ${end}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const closed = once(child, 'close') as Promise<[number]>;
  await sleep(readAfterMs);
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  const [code] = await closed;
  return { code, stderr, lines: stdout.split('\n').map((line) => line.replace(/ \.+$/, '')) };
}

test.each([
  ['process.exit', 'process.exit(0)', 0, ''],
  ['the end of its work', '', 0, ''],
  ['an error', `throw new Error('the reason')`, 1, 'the reason'],
  ['a rejection', `await Promise.reject(new Error('the reason'))`, 1, 'the reason'],
])('no line is lost when a process ends by %s while the reader is slow', async (...[, end, code, reason]) => {
  const ended = await linesOf(end, { readAfterMs: 500 });
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(reason);
  expect(ended.lines).toEqual([...numbered(1, 3000).map((line) => line.trim()), '']);
});

test('a process ends although nobody reads its last lines', async () => {
  const startedAt = performance.now();
  const pipe = openPipe();
  const fd = openSync(pipe.path, constants.O_WRONLY | constants.O_NONBLOCK);
  open.push(fd);
  pipe.fill();
  const program = `import { openLogOutput } from '${built}'; openLogOutput({ onDropped: () => {} }).write('a line'); process.exit(3);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', fd, 'ignore'] });
  expect(await once(child, 'exit')).toEqual([3, null]);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});

// Ctrl-S pauses a terminal. `script` opens one, and passes on what is typed.
test('a terminal that is paused stops nothing', async () => {
  const program = join(folder, 'paused.mjs');
  writeFileSync(
    program,
    `import { openLogOutput } from '${built}';
     const output = openLogOutput({ onDropped: () => {} });
     let turns = 0;
     setInterval(() => (turns += 1), 10);
     output.write('ready\\n');
     setTimeout(() => {
       for (let n = 1; n <= 1000; n += 1) output.write('.'.repeat(99) + '\\n');
       setTimeout(() => process.exit(turns > 5 ? 7 : 8), 500);
     }, 500);`,
  );
  const command = `'${process.execPath}' '${program}'`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let shown = '';
  child.stdout.on('data', (text: Buffer) => {
    if (shown === '') child.stdin.write('\u0013');
    shown += text.toString();
  });
  const stuck = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const exit = await once(child, 'exit');
  clearTimeout(stuck);
  expect([exit, shown.trim()]).toEqual([[7, null], 'ready']);
});
