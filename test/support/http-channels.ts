import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes an example of the documentation into a folder of its own, with the URL of a simulator. */
export function writeExample(name: string, url: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'channels-'));
  const example = new URL(`../../docs/providers/http-channels/${name}.json`, import.meta.url);
  writeFileSync(
    join(folder, `${name}.json`),
    readFileSync(example, 'utf8').replaceAll(/https:\/\/[a-z.]+(?=\/)/g, url),
  );
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
