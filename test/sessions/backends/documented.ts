import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../support/process.js';

/** What docs/guides/backends.md writes for the address of the gateway. */
export const WRITTEN_URL = 'https://login.example.com';

const PAGE = readFileSync(join(PROJECT, 'docs/guides/backends.md'), 'utf8');

/**
 * The snippet of docs/guides/backends.md in a language, as a reader would paste it and then put in their own addresses.
 *
 * @param addresses the text in the document → its replacement; each must occur
 */
export function documented(
  language: 'js' | 'python' | 'nginx' | 'caddyfile',
  addresses: Record<string, string>,
): string {
  const blocks = [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
  if (blocks.length !== 1)
    throw new Error(`docs/guides/backends.md has ${blocks.length} snippets in ${language}, not one`);
  let snippet = String(blocks[0]?.[1]);
  for (const [written, real] of Object.entries(addresses)) {
    if (!snippet.includes(written)) throw new Error(`The snippet in ${language} does not hold ${written}`);
    snippet = snippet.replaceAll(written, real);
  }
  return snippet;
}
