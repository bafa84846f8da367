import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { PostConnection } from '../support/post.js';
import { startServer } from '../support/servers.js';
import { CODE } from './requests.js';

const FOLDER = new URL('../peers/', import.meta.url);
const INSTALLED = new URL('node_modules/better-auth/package.json', FOLDER);

/** Starts Better Auth, and installs it before if it is not there. @returns undefined when it cannot be installed */
export async function startBetterAuth(databaseUrl: string) {
  if (!existsSync(INSTALLED)) {
    try {
      execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: fileURLToPath(FOLDER), stdio: 'ignore' });
    } catch {
      console.error('Better Auth could not be installed (npm ci in bench/peers), so it is not measured.');
      return undefined;
    }
  }
  const server = await startServer('Better Auth', new URL('better-auth.mjs', FOLDER), {
    DATABASE_URL: databaseUrl,
    GATEWAY_SECRET: 'rQNdBKMa2SVs8vmiTgZPD7uFECztx3epAkf4',
    NODE_ENV: 'production',
  });
  await fixCode(databaseUrl);
  const { version } = JSON.parse(readFileSync(INSTALLED, 'utf8')) as { version: string };
  return { server, version, signIn };
}

async function signIn(connection: PostConnection, phone: string): Promise<void> {
  const sent = await connection.post('/api/auth/phone-number/send-otp', JSON.stringify({ phoneNumber: phone }));
  if (!sent.includes('code sent')) throw new Error(`send-otp answered ${sent}`);
  const verified = await connection.post(
    '/api/auth/phone-number/verify',
    JSON.stringify({ phoneNumber: phone, code: CODE }),
  );
  if (!verified.includes('"token":"')) throw new Error(`verify answered ${verified}`);
}

/** A trigger writes the code, with no failed try. */
async function fixCode(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    CREATE FUNCTION fix_code() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.value = '${CODE}:0';
      RETURN NEW;
    END $$;
    CREATE TRIGGER fix_code BEFORE INSERT ON verification FOR EACH ROW EXECUTE FUNCTION fix_code()`);
  await client.end();
}
