import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { buildSchema, parse, validate } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { runCommandLine } from '../../src/cli/command-line.js';
import { PRODUCTION } from '../support/config.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { PROJECT, cleanUpProcesses, makeFolder } from '../support/process.js';
import { type Block, blocksOf, readPage } from './pages.js';

const run = promisify(execFile);

const PAGES = [
  'README.md',
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => `docs/${file.split(sep).join('/')}`)
    .filter((file) => file.endsWith('.md') && !/\/(\.vitepress|decisions)\//.test(file)),
];
const blocks = PAGES.flatMap(blocksOf);
const named = ({ page, line }: Block) => `${page}:${line}`;
const of = (...languages: string[]) =>
  blocks
    .filter(({ language, isNotRun }) => languages.includes(language) && !isNotRun)
    .map((block) => [named(block), block] as const);

/** Output, and pictures that GitHub draws. */
const SHOWN = ['text', 'mermaid'];
/**
 * Each is checked below or in a test of its own. Run: bash (getting-started.test.ts), Python and Caddy (test/sessions/backends) and SQL.
 * Read by the program that it is for: ini and nginx. Only checked: the syntax and the options of sh, the types of js and
 * tsx, graphql against the schema, and json as files of HTTP channels (http-api.test.ts).
 */
const CHECKED = ['bash', 'sh', 'js', 'tsx', 'graphql', 'ini', 'json', 'sql', 'nginx', 'caddyfile', 'python'];

test('every block is in a language that a test checks, is output, or says "not-run" after its language', () => {
  const others = blocks.filter(({ language, isNotRun }) => !isNotRun && ![...SHOWN, ...CHECKED].includes(language));
  expect(others.map(named)).toEqual([]);
  expect(of('bash').map(([, { page }]) => page)).toEqual(['docs/getting-started.md', 'docs/getting-started.md']);
  for (const language of ['python', 'caddyfile'])
    expect(of(language).map(([, { page }]) => page)).toEqual(['docs/guides/backends.md']);
});

describe('commands', () => {
  test.each(of('sh', 'bash'))('bash accepts the syntax of %s', async (_, { code }) => {
    const file = join(makeFolder(), 'block.sh');
    writeFileSync(file, code);
    await run('bash', ['-n', file]);
  });

  const commands = of('sh').flatMap(([name, { code }]) =>
    [...code.matchAll(/(?:npx|phonegate) phonegate ([^#\n]*)/g)].map(([, args = '']) => [name, args.trim()] as const),
  );

  test.each(commands)('in %s, the command phonegate %s exists, with its options', async (_, args) => {
    const words = args.split(' ').filter((word) => word !== '');
    const path = words.filter((word, index) => /^[a-z-]+$/.test(word) && !word.startsWith('-') && index < 3);
    const help = await helpOf(path);
    for (const option of words.filter((word) => word.startsWith('--'))) expect(help).toContain(option);
  });

  test('every npm script that a page names exists', () => {
    const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };
    const text = PAGES.map(readPage).join('\n');
    const names = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('JavaScript', () => {
  test('the blocks of each page pass the type check with the packages that they import', async () => {
    // Within the project, so that packages resolve as in an application.
    const folder = join(PROJECT, 'dist/docs-blocks');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // The blocks of one page are one program.
    for (const page of new Set(of('js', 'tsx').map(([, block]) => block.page))) {
      const ofPage = of('js', 'tsx')
        .map(([, block]) => block)
        .filter((block) => block.page === page);
      const language = ofPage.some(({ language }) => language === 'tsx') ? 'tsx' : 'js';
      writeFileSync(
        join(folder, `${page.replaceAll(/\W/g, '-')}.${language}`),
        `${ofPage.map(({ code }) => code).join('\n')}\nexport {};\n`,
      );
    }
    const options = {
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable'],
      module: 'nodenext',
      types: ['react', 'node'],
      jsx: 'react-jsx',
      strict: true,
      noImplicitAny: false,
      allowJs: true,
      checkJs: true,
      skipLibCheck: true,
      noEmit: true,
      noUncheckedSideEffectImports: false,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*'] }));
    const { stdout } = await run(join(PROJECT, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: PROJECT }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });
});

describe('GraphQL', () => {
  const schema = buildSchema(readPage('schema.graphql'));

  test.each(of('graphql'))('%s is valid for the schema', (_, { code }) => {
    expect(validate(schema, parse(code)).map(({ message }) => message)).toEqual([]);
  });
});

describe('the environment', () => {
  test.each(of('ini'))('the gateway accepts %s', (_, { code, page }) => {
    const lines = code.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const env = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replaceAll('"', '')]),
    );
    // The reader makes the secrets.
    for (const [name, value] of Object.entries(env)) if (value === '') env[name] = randomBytes(24).toString('hex');
    // The reader writes the file of the channel, which the page shows.
    if (env['HTTP_CHANNELS'] && !env['HTTP_CHANNELS_FOLDER']) {
      env['HTTP_CHANNELS_FOLDER'] = makeFolder();
      const file = blocks.find((block) => block.page === page && block.language === 'json');
      writeFileSync(join(env['HTTP_CHANNELS_FOLDER'], `${env['HTTP_CHANNELS']}.json`), file?.code ?? '');
    }
    // The blocks of the guides for providers are a part of a configuration for production.
    expect(readConfig({ ...PRODUCTION, ...env }).problems).toEqual([]);
    for (const name of Object.keys(env)) expect(readPage('.env.example')).toContain(`${name}=`);
  });
});

describe('SQL', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each(of('sql'))('PostgreSQL accepts %s', async (_, { code }) => {
    await client.query('BEGIN');
    await client.query(code);
    await client.query('ROLLBACK');
  });
});

describe('nginx', () => {
  afterAll(cleanUpProcesses);

  test.each(of('nginx'))('nginx accepts %s', async (_, { code }) => {
    const folder = makeFolder();
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `pid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${code}\n}\n`,
    );
    const { stderr } = await run('nginx', ['-t', '-c', file, '-p', folder], {
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    });
    expect(stderr).toContain('syntax is ok');
  });
});

async function helpOf(path: string[]): Promise<string> {
  let written = '';
  const exitCode = await runCommandLine([...path, '--help'], {
    env: {},
    stdin: (async function* nothing() {})(),
    write: (text) => void (written += text),
    drain: async () => {},
    writeError: (text) => void (written += text),
    terminal: { write: () => true },
  });
  expect(exitCode).toBe(0);
  expect(written).toContain(`Usage: phonegate ${path.join(' ')} `);
  return written;
}
