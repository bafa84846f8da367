import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import type { Config } from '../../config/config.js';
import { createClient } from '../../db/connection.js';
import type { Queryable } from '../../db/run-statement.js';
import { StartupError } from '../../startup-error.js';
import { type BadLine, type ImportCounts, importUsers } from '../../users/import-users.js';
import { openRows } from '../../users/import/rows.js';
import type { CliIo } from '../cli-io.js';
import { withDatabase } from '../with-database.js';
import { openFile } from './open-file.js';
import { createProgress } from './progress.js';

const CONNECT_TIMEOUT_MS = 5_000;

export interface ImportOptions {
  /** A path; "-" is standard input. */
  file: string;
  commit: boolean;
  country: string | undefined;
}

/**
 * Imports users from a CSV file. Prints each bad line, then the counts.
 *
 * @returns whether all lines were good and the import read the whole file.
 * @throws StartupError when the file cannot be read, or `country` is not a country code
 */
export async function importFile(
  { file, commit, country }: ImportOptions,
  { config, io }: { config: Config; io: CliIo },
): Promise<boolean> {
  const countries =
    country === undefined ? config.defaultCountries : [readCountry(country), ...config.defaultCountries];
  const progress = createProgress(io.terminal);
  const onRead = (bytes: number): void => progress.show('reading', bytes, size);
  const { bytes, size } = openFile(file, { stdin: io.stdin, onRead });
  const { columns, rows, close } = await openRows(bytes);

  const print = async (lines: string[]): Promise<void> => {
    progress.clear();
    io.write(lines.map((line) => `${line}\n`).join(''));
    await io.drain();
  };
  const interruption = createInterruption();

  try {
    const input = {
      rows,
      readOptions: { columns, countries, roles: config.roles },
      commit,
      actor: 'operator',
      signal: interruption.signal,
      onBadLines: (lines: BadLine[]) => print(lines.map(({ line, reason }) => `Line ${line}: ${reason}`)),
      onProgress(done: number, total: number) {
        if (commit && done === 0) interruption.listen();
        progress.show(commit ? 'writing' : 'comparing', done, total);
      },
    };
    const { counts, finished } = await withDatabase(config, ({ directUrl }) =>
      withConnection(directUrl, (staging) =>
        withConnection(directUrl, (connection) => importUsers(input, { staging, connection })),
      ),
    );
    await print(conclusion(counts, { commit, finished }));
    return finished && counts.bad === 0;
  } finally {
    interruption.release();
    progress.clear();
    await close();
  }
}

/** Opens a connection without a time limit for statements. */
async function withConnection<T>(url: string, use: (connection: Queryable) => Promise<T>): Promise<T> {
  const client = createClient(url, { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true });
  client.on('error', () => {}); // the running statement fails with the same error
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** After `listen`, the first Ctrl-C or SIGTERM aborts `signal` instead of ending the process. A second one ends it. */
function createInterruption() {
  const aborting = new AbortController();
  const abort = (): void => aborting.abort();
  const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
  return {
    signal: aborting.signal,
    listen: () => SIGNALS.forEach((signal) => process.once(signal, abort)),
    release: () => SIGNALS.forEach((signal) => process.off(signal, abort)),
  };
}

function readCountry(text: string): CountryCode {
  const code = text.trim().toUpperCase();
  if (isSupportedCountry(code)) return code;
  throw new StartupError(`"${text}" is not a country code. Write two letters (ISO 3166), such as KZ.`);
}

function conclusion(counts: ImportCounts, { commit, finished }: { commit: boolean; finished: boolean }): string[] {
  const sentence = `${counts.new} new, ${counts.changed} changed, ${counts.unchanged} unchanged, ${counts.bad} bad.`;
  if (!finished) return [sentence, 'Stopped. Lines that were written stay. Run the import again to continue.'];
  return commit ? [sentence] : [sentence, 'This was a preview; nothing was written. Add --commit to write.'];
}
