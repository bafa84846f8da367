import { readFileSync } from 'node:fs';

/** The TSX programs of the README, by the file name in their first line. */
export function readmeBlocks(): Map<string, string> {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/^```tsx\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  return new Map(blocks.map((code) => [/^\/\/ (\S+)\n/.exec(code)?.[1] ?? 'app.tsx', code]));
}

export function readmeBlock(name: string): string {
  const block = readmeBlocks().get(name);
  if (block === undefined) throw new Error(`README.md has no program ${name}`);
  return block;
}
