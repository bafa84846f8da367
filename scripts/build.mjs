// Builds dist/: the Prisma client where the schema has changed since, then TypeScript. Needs no network.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** The file that a package's command runs. */
function program(name, command) {
  const file = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(file, 'utf8'));
  return join(dirname(file), typeof bin === 'string' ? bin : bin[command]);
}

function run(name, command, args, env = {}) {
  execFileSync(process.execPath, [program(name, command), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

export function build() {
  try {
    const schema = createHash('sha256')
      .update(readFileSync(join(root, 'prisma/schema.prisma')))
      .digest('hex');
    const stamp = join(root, 'src/db/prisma/.schema-sha256');
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== schema) {
      // Generating needs no engine, but the command line looks for one and would download it: any file stops the search.
      run('prisma', 'prisma', ['generate'], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath });
      mkdirSync(dirname(stamp), { recursive: true });
      writeFileSync(stamp, schema);
    }
    run('typescript', 'tsc', ['-p', 'tsconfig.build.json']);
  } catch (error) {
    console.error(
      `The build failed:\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout || error.stderr ? '' : error.message}`,
    );
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
