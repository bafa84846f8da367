import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../support/process.js';

/** A fenced block of a page. */
export interface Block {
  page: string;
  line: number;
  language: string;
  /** Set by the word `not-run` after the language: no test runs or checks the block. */
  isNotRun: boolean;
  code: string;
}

/** @param page such as docs/getting-started.md */
export function blocksOf(page: string): Block[] {
  const text = readPage(page);
  return [...text.matchAll(/^( *)```([\w-]*)([^\n`]*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', language = '', options = '', code = ''] = match;
    return {
      page,
      line: text.slice(0, match.index).split('\n').length,
      language,
      isNotRun: options.includes('not-run'),
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}

export function readPage(page: string): string {
  return readFileSync(join(PROJECT, page), 'utf8');
}
