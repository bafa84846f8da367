#!/usr/bin/env node
// The command line. In a clone it builds what has changed first; an image holds only what is built.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src', import.meta.url))) {
  const { build } = await import('../scripts/build.mjs');
  build();
}
await import('../dist/cli/main.js');
