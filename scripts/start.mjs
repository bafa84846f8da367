// `npm start`: builds what has changed, then becomes the gateway, in one process; `exec` in package.json takes the shell's place too, so that
// signals to npm reach it.
import { build } from './build.mjs';

build();
await import('../dist/main.js');
