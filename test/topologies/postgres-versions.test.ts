import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { prepareBinaries } from '../../src/db/embedded/binaries.js';
import { migrate } from '../../src/db/migrate.js';
import { phonegate } from '../cli/run.js';
import { startGateway } from '../support/gateway.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { cleanUpProcesses } from '../support/process.js';
import { signIn } from '../support/sign-in.js';
import { recordFigure } from './support/record-figure.js';

const script = new URL('../../scripts/install-programs.mjs', import.meta.url).href;
const { POSTGRES_MAJORS, oldPostgres } = (await import(/* @vite-ignore */ script)) as {
  POSTGRES_MAJORS: number[];
  oldPostgres(major: number): string;
};

const SIGN_INS = 20;

let server: PostgresServer | undefined;
afterEach(async () => {
  await server?.stop();
});
afterAll(cleanUpProcesses);

describe.each(POSTGRES_MAJORS)('PostgreSQL %i', (major) => {
  test('is migrated, users sign in, and the doctor has no complaint', async (context) => {
    server = await startPostgres({}, { programs: prepareBinaries(oldPostgres(major)) });
    const startedAt = performance.now();
    const applied = await migrate(server.url);
    recordFigure(
      context,
      'migrations',
      `${applied.length} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
    );
    const gateway = await startGateway({ DATABASE_URL: server.url });
    const sessions = await Promise.all(Array.from({ length: SIGN_INS }, () => signIn(gateway)));
    await gateway.stop();
    recordFigure(context, 'sign-ins', `${sessions.length} of ${SIGN_INS}`);
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
    const { stdout } = await phonegate(['doctor'], { env: { DATABASE_URL: server.url } });
    expect(stdout).toContain(`PostgreSQL ${major}.`);
    expect(stdout).toMatch(/migrations +all applied/);
  });
});
