// `npm start`: builds what has changed, then becomes the gateway, in one process so that signals reach it.
import { build } from './build.mjs';

build();
await import('../dist/main.js');
