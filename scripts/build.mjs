// Builds dist/: the Prisma client, TypeScript and the web pages, each only if its sources have changed. Needs no
// network.
import '../bin/require-node.mjs';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** The package of a command, if it has another name than the command. */
const PACKAGES = { tsc: 'typescript' };

/** The file that a package's command runs. */
function program(command) {
  const file = require.resolve(`${PACKAGES[command] ?? command}/package.json`);
  const { bin } = JSON.parse(readFileSync(file, 'utf8'));
  return join(dirname(file), typeof bin === 'string' ? bin : bin[command]);
}

/** Runs `make` only if its sources have changed. Their digest is stored next to the result. */
function unlessDone(stamp, sources, make) {
  const digest = createHash('sha256');
  for (const source of sources) digest.update(`${relative(root, source)}\n`).update(readFileSync(source));
  const wanted = digest.digest('hex');
  const file = join(root, stamp);
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) return;
  make();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}

function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function run(command, args, env = {}) {
  execFileSync(process.execPath, [program(command), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

/** Compiles a package of `packages/`. */
function emit(folder) {
  // Otherwise a file whose source was deleted would still be published.
  rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
  const project = ['-p', `${folder}/tsconfig.build.json`];
  // Editors show the comments of the types. Nobody reads those of the JavaScript, and they are a quarter of it.
  run('tsc', [...project, '--emitDeclarationOnly']);
  run('tsc', [...project, '--declaration', 'false', '--removeComments']);
  indentByTabs(join(root, folder, 'dist'));
}

/** TypeScript indents by four spaces, which are a tenth of what an application installs. */
function indentByTabs(folder) {
  for (const name of readdirSync(folder, { recursive: true }).filter((file) => /\.(js|d\.ts)$/.test(file))) {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4)),
    );
  }
}

export function build() {
  try {
    unlessDone('src/db/prisma/.schema-sha256', [join(root, 'prisma/schema.prisma')], () => {
      // The generation needs no engine, but the command line looks for one and would download it. Any file stops the
      // search.
      run('prisma', ['generate'], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath });
    });
    run('tsc', ['-p', 'tsconfig.build.json']);
    const lock = join(root, 'package-lock.json');
    const client = [lock, ...filesUnder('packages/client/src')];
    unlessDone('packages/client/dist/.sources-sha256', client, () => emit('packages/client'));
    const react = [...client, ...filesUnder('packages/react/src')];
    unlessDone('packages/react/dist/.sources-sha256', react, () => {
      emit('packages/react');
      copyFileSync(join(root, 'packages/react/src/style.css'), join(root, 'packages/react/dist/style.css'));
      // TypeScript 6 and later refuse `import '@phonegate/react/style.css'` without a declaration.
      writeFileSync(join(root, 'packages/react/dist/style.css.d.ts'), 'export {};\n');
    });
    unlessDone('dist/web/.sources-sha256', [...react, ...filesUnder('src/web')], () => {
      run('vite', ['build', 'src/web', '--logLevel', 'warn']);
    });
  } catch (error) {
    console.error(
      `The build failed:\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout || error.stderr ? '' : error.message}`,
    );
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
