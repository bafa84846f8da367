import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../support/process.js';

/** The address of the gateway in docs/backends.md. */
export const WRITTEN_URL = 'https://login.example.com';

const PAGE = readFileSync(join(PROJECT, 'docs/backends.md'), 'utf8');

/**
 * The snippet of docs/backends.md in a language, as a reader would paste it and then insert their own addresses.
 *
 * @param addresses the text in the document → its replacement; each must occur
 */
export function documented(language: 'js' | 'python' | 'nginx', addresses: Record<string, string>): string {
  const blocks = [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
  if (blocks.length !== 1) throw new Error(`docs/backends.md has ${blocks.length} snippets in ${language}, not one`);
  let snippet = String(blocks[0]?.[1]);
  for (const [written, real] of Object.entries(addresses)) {
    if (!snippet.includes(written)) throw new Error(`The snippet in ${language} does not hold ${written}`);
    snippet = snippet.replaceAll(written, real);
  }
  return snippet;
}
