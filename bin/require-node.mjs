// The first import of every entry point. Exits with one line where Node.js is older than package.json allows, before any other file is parsed
// or built. Uses only syntax that Node.js 14 understands.
import { readFileSync } from 'fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const needed = engines.node.replace('>=', '');
const [major, minor] = needed.split('.').map(Number);
const [thisMajor, thisMinor] = process.versions.node.split('.').map(Number);

if (thisMajor < major || (thisMajor === major && thisMinor < minor)) {
  console.error(
    `Phonegate needs Node.js ${needed} or later, and this is Node.js ${process.versions.node} (${process.execPath}): install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}
