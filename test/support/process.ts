import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The project, as built; `npm test` builds first. */
export const PROJECT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** The gateway as an operator runs it: a separate process that writes to its standard output and can be killed. */
export interface GatewayProcess {
  pid: number;
  stdout(): string;
  stderr(): string;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Waits for the line that says that it is ready. Rejects with its whole output if it exits before. */
  ready(): Promise<Addresses>;
  signal(name: NodeJS.Signals): void;
  /** Signals the whole process group, as a terminal does for Ctrl-C and when it is closed. */
  signalGroup(name: NodeJS.Signals): void;
  /** The code of an attempt, from the log that the operator sees. */
  codeOf(attemptId: string): string;
}

export interface Addresses {
  url: string;
  graphqlUrl: string;
  socketUrl: string;
}

export interface SpawnOptions {
  /** Only PATH is inherited. Unless PORT is given, the port is a free one. */
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  node?: string;
  project?: string;
  /** Another program of the project, with its arguments. */
  program?: string[];
}

/** Optimising the WebAssembly of Prisma's schema engine costs a second of CPU time, and each start runs it once. */
const V8_FLAGS = ['--liftoff-only'];

const spawned = new Set<GatewayProcess>();
const folders = new Set<string>();

export function spawnGateway(folder: string, options: SpawnOptions = {}): GatewayProcess {
  const { env, node = process.execPath, project = PROJECT, ...others } = options;
  const { program = [join(project, 'dist/main.js')], ...account } = others;
  const child = spawn(node, [...V8_FLAGS, ...program], {
    ...account,
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (written[name] += text));
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${node} cannot be run`);

  const gateway: GatewayProcess = {
    pid,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    exited,
    ready: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const port = /^Phonegate is ready on \S+:(\d+)$/m.exec(written.stdout)?.[1];
          if (port === undefined) return;
          child.stdout.off('data', look);
          const host = `127.0.0.1:${port}`;
          resolve({ url: `http://${host}`, graphqlUrl: `http://${host}/graphql`, socketUrl: `ws://${host}/graphql` });
        };
        child.stdout.on('data', look);
        look();
        exited.then(
          ({ code, signal }) =>
            reject(new Error(`It ended (${code ?? signal}) before it was ready:\n${written.stdout}${written.stderr}`)),
          reject,
        );
      }),
    signal: (name) => void process.kill(pid, name),
    signalGroup: (name) => void process.kill(-pid, name),
    codeOf(attemptId) {
      const line = written.stdout
        .split('\n')
        .findLast((text) => text.includes('"console.message"') && text.includes(attemptId));
      if (!line) throw new Error(`No code was printed for ${attemptId}`);
      return (JSON.parse(line) as { code: string }).code;
    },
  };
  spawned.add(gateway);
  void exited.then(
    () => spawned.delete(gateway),
    () => spawned.delete(gateway),
  );
  return gateway;
}

/** An empty folder for a gateway, which every account can enter. */
export function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'phonegate-start-')));
  chmodSync(folder, 0o755);
  folders.add(folder);
  return folder;
}

/** Kills the processes that the tests of this file left running, and removes their folders. */
export async function cleanUpProcesses(): Promise<void> {
  const left = [...spawned].flatMap(({ pid }) => familyOf(pid));
  for (const folder of folders) left.push(...serversOf(folder));
  killAll(left);
  await untilGone(left);
  for (const folder of folders) removeFolder(folder);
  folders.clear();
}

/** Removes a gateway's folder, and files that a gateway run by root put elsewhere. */
export function removeFolder(folder: string): void {
  for (const path of [...elsewhere(folder), folder]) rmSync(path, { recursive: true, force: true });
}

/** The data folder of PostgreSQL for the gateway in this folder. */
export function dataOf(folder: string): string {
  const path = join(folder, '.data/postgres');
  return isLink(path) ? join(readlinkSync(path), 'data') : path;
}

/**
 * The folders in which gateways that root runs in or directly below this folder put their data, if PostgreSQL's account
 * cannot reach it.
 */
function elsewhere(folder: string): string[] {
  return ['.', ...readdirSync(folder)]
    .map((entry) => join(folder, entry, '.data/postgres'))
    .filter(isLink)
    .map((path) => readlinkSync(path));
}

const isLink = (path: string) =>
  existsSync(dirname(path)) &&
  statSync(dirname(path)).isDirectory() &&
  !!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();

/**
 * The processes that work on the data below a folder (PostgreSQL's command lines contain it), with all their
 * descendants.
 */
export function serversOf(folder: string): number[] {
  const paths = [folder, ...elsewhere(folder)].map((path) => `${path}/`);
  return [...processes()]
    .filter(([pid]) => commandLine(pid).some((word) => paths.some((path) => word.includes(path))))
    .flatMap(([pid]) => familyOf(pid));
}

/** A process with all its descendants. */
export function familyOf(root: number): number[] {
  const table = [...processes()];
  const family = table.filter(([pid]) => pid === root).map(([pid]) => pid);
  for (const member of family) {
    family.push(...table.filter(([, parent]) => parent === member).map(([pid]) => pid));
  }
  return family;
}

export function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // it has already ended
  }
}

/** Waits until all of the processes have ended, at most five seconds. @returns those that still run. */
export async function untilGone(pids: number[]): Promise<number[]> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const alive = processes();
    const left = pids.filter((pid) => alive.has(pid));
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(10);
  }
}

/** Polls until a condition of a process is true. */
export async function until(reached: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!reached()) {
    if (Date.now() > deadline) throw new Error(`Did not come within ${timeoutMs} ms: ${reached.toString()}`);
    await sleep(2);
  }
}

/**
 * Every living process and its parent. A zombie, which only waits for its parent to read its exit code, counts as dead.
 */
function processes(): Map<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(`/proc/${name}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state && state !== 'Z') found.set(Number(name), Number(parent));
  }
  return found;
}

function commandLine(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0');
}

function read(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } catch {
    return ''; // it ended meanwhile
  }
}
