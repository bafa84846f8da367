import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, startGateway } from '../support/gateway.js';
import { soon } from '../support/sign-in.js';

const MIGRATION = readFileSync('prisma/migrations/20261128162001_messages_of_users_index/migration.sql', 'utf8');

test('an index whose creation was interrupted is skipped by the migration, named at the start, and mended by the statement in the log', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const isValid = async () =>
    (await database.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'sms_log_user_idx'::regclass`))[0];
  await database.query('DROP INDEX sms_log_user_idx');
  // The creation waits for the transaction of another client, and is canceled meanwhile.
  const [other, migrating] = [1, 2].map(() => new pg.Client({ connectionString: database.url }));
  if (!other || !migrating) throw new Error('no clients');
  await Promise.all([other.connect(), migrating.connect()]);
  await other.query('BEGIN; LOCK TABLE sms_log IN ROW EXCLUSIVE MODE');
  await migrating.query(`SET statement_timeout = '500ms'`);
  await expect(migrating.query(MIGRATION)).rejects.toMatchObject({ code: '57014' });
  await Promise.all([other.end(), migrating.end()]);
  expect(await isValid()).toEqual({ indisvalid: false });
  await database.query(MIGRATION);
  expect(await isValid()).toEqual({ indisvalid: false });

  const gateway = await startGateway({ DATABASE_URL: database.url });
  onTestFinished(() => gateway.stop());
  const repair = 'REINDEX INDEX CONCURRENTLY sms_log_user_idx';
  await soon(() =>
    expect(gateway.log.filter(({ event }) => event === 'database.invalid_index')).toMatchObject([
      { level: 'warn', indexes: ['sms_log_user_idx'], repair: [repair] },
    ]),
  );
  await database.query(repair);
  expect(await isValid()).toEqual({ indisvalid: true });
});
