#!/usr/bin/env node
// The command line. In a clone it first builds what has changed; an image contains only built files.
import './require-node.mjs';
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src', import.meta.url))) {
  const { build } = await import('../scripts/build.mjs');
  build();
}
await import('../dist/cli/main.js');
