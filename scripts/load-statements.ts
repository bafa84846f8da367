import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyStatement, allStatements } from '../src/db/statement.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The sources of the gateway, by their path, such as "src/login/cancel.ts". */
export const sources: ReadonlyMap<string, string> = new Map(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.split(sep).join('/')}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !/^src\/(web|db\/prisma)\//.test(path))
    .toSorted()
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/**
 * Every statement that the gateway can send. Loads only the modules that declare statements, because main.ts would
 * start the gateway.
 */
export async function loadStatements(): Promise<AnyStatement[]> {
  const declaring = [...sources].filter(([, code]) => /\bstatement\(/.test(code));
  await Promise.all(declaring.map(([path]) => import(/* @vite-ignore */ join(root, path))));
  return allStatements();
}

/** The files that contain the name of a statement. There should be one. */
export function filesNaming({ name }: AnyStatement): string[] {
  return [...sources].filter(([, code]) => code.includes(`'${name}'`)).map(([path]) => path);
}
