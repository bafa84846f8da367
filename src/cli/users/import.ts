import { once } from 'node:events';
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import pg from 'pg';
import type { Config } from '../../config/config.js';
import { StartupError } from '../../startup-error.js';
import { type BadLine, type ImportCounts, importUsers } from '../../users/import.js';
import { openRows } from '../../users/import/rows.js';
import type { Connection } from '../../users/import/staging.js';
import { withDatabase } from '../with-database.js';
import { openFile } from './open-file.js';
import { createProgress } from './progress.js';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Imports people from a CSV file, or from standard input ("-"): prints each bad line, then the sums.
 *
 * @returns whether all lines were good.
 */
export async function importFile(
  { file, commit, country }: { file: string; commit: boolean; country: string | undefined },
  config: Config,
): Promise<boolean> {
  const countries =
    country === undefined ? config.defaultCountries : [readCountry(country), ...config.defaultCountries];
  const progress = createProgress(process.stderr);
  const { bytes, size } = openFile(file, (done) => progress.show('reading', done, size));
  const { columns, rows, close } = await openRows(bytes);

  const print = async (lines: string[]): Promise<void> => {
    progress.clear();
    // Whoever reads may be slower than we: what they have not taken yet is not to pile up here.
    if (!process.stdout.write(lines.map((line) => `${line}\n`).join(''))) await once(process.stdout, 'drain');
  };
  const stop = new AbortController();

  try {
    const { sums, finished } = await withDatabase(config, ({ databaseUrl }) =>
      withConnection(databaseUrl, (connection) =>
        importUsers(
          {
            rows,
            reading: { columns, countries, roles: config.roles },
            commit,
            actor: 'operator',
            signal: stop.signal,
            onBad: (lines) => print(lines.map(printBadLine)),
            onLines(done, total) {
              if (commit && done === 0) stopGently(stop);
              progress.show(commit ? 'writing' : 'comparing', done, total);
            },
          },
          connection,
        ),
      ),
    );
    await print(conclusion(sums, commit, finished));
    return finished && sums.bad === 0;
  } finally {
    progress.clear();
    await close();
  }
}

/** A connection that keeps its temporary table, and on which a statement may take its time. */
async function withConnection<T>(url: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true });
  client.on('error', () => {}); // the statement at hand tells of it
  await client.connect();
  try {
    return await use({
      query: async (statement, values) => (await client.query({ ...statement, values })).rows as never,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

/** Once something is written, Ctrl-C ends it after the batch at hand; a second one at once. */
function stopGently(stop: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
}

function readCountry(text: string): CountryCode {
  const code = text.trim().toUpperCase();
  if (isSupportedCountry(code)) return code;
  throw new StartupError(`"${text}" is not a country code: write two letters (ISO 3166), such as KZ.`);
}

const printBadLine = ({ line, reason }: BadLine): string => `Line ${line}: ${reason}`;

function conclusion(sums: ImportCounts, commit: boolean, finished: boolean): string[] {
  const counted = `${sums.new} new, ${sums.changed} changed, ${sums.unchanged} unchanged, ${sums.bad} bad.`;
  if (!finished) return [counted, 'Stopped: what was written stays. Run it again to go on.'];
  return commit ? [counted] : [counted, 'Nothing was written: this was only a look. Add --commit to write.'];
}
