// `npm start`: builds what has changed, then becomes the gateway, in one process. `exec` in package.json replaces the
// shell too, so that signals to npm reach the gateway.
import '../bin/require-node.mjs';
import { build } from './build.mjs';

build();
await import('../dist/main.js');
