import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Keeps the session in a file. Only the account that runs this program can read the file: the refresh token is in it. */
export function createFileStorage(file) {
  const values = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);
  const write = () => writeFileSync(file, JSON.stringify(Object.fromEntries(values)), { mode: 0o600 });
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem(key, value) {
      values.set(key, value);
      write();
    },
    removeItem(key) {
      if (values.delete(key)) write();
    },
  };
}
