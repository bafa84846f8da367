// `npm run examples`: the applications of examples/, their API and a gateway, all in this
// process, so they end together. On Ctrl-C too, the gateway stops PostgreSQL first.
import '../bin/require-node.mjs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { loadEnvFile, requireFree } from './require-free.mjs';

build();
await loadEnvFile();
const port = process.env.PORT || '4000';
const apiPort = process.env.API_PORT || '4001';
const webPort = process.env.WEB_PORT || '5173';
const gateway = `http://localhost:${port}`;
const web = `http://localhost:${webPort}`;
await requireFree([
  [Number(port), 'PORT'],
  [Number(apiPort), 'API_PORT'],
  [Number(webPort), 'WEB_PORT'],
]);
// Imported after both checks: an old Node.js cannot parse them, and Vite takes a second to load.
const { createServer: createVite } = await import('vite');
const { createApi } = await import('../examples/api.mjs');
// The gateway reads PORT to APPLICATIONS; examples/vite.config.ts reads the others.
Object.assign(process.env, {
  NODE_ENV: 'development',
  PORT: port,
  PUBLIC_URL: gateway,
  APPLICATIONS: `redirect=${web}/redirect/`,
  VITE_GATEWAY_URL: gateway,
  API_URL: `http://localhost:${apiPort}`,
});
await listen(createApi(gateway), apiPort);
const pages = createServer();
// On its own server, Vite would end the process at SIGTERM before PostgreSQL has stopped.
const vite = await createVite({
  configFile: fileURLToPath(new URL('../examples/vite.config.ts', import.meta.url)),
  server: { port: Number(webPort), middlewareMode: true, ws: { server: pages } },
});
pages.on('request', vite.middlewares);
await listen(pages, webPort);
// Ends the process when it cannot start.
await import('../dist/main.js');
console.log(`The examples are ready:
  React      ${web}/vite-react/  (the login form is in the page)
  Redirect   ${web}/redirect/    (the login form is the gateway's)
  API        http://localhost:${apiPort}/api/hello  (401 without an access token)
Any phone will do, such as +77010000002: its code is at ${gateway}/dev/phone, and printed here. Ctrl-C ends all of it.
`);

async function listen(server, number) {
  await once(server.listen(Number(number), 'localhost'), 'listening');
}
