import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { freePort } from '../support/ports.js';
import { cleanUpProcesses } from '../support/process.js';
import { type Nginx, startNginx } from '../sessions/backends/nginx.js';
import { signInByCode, signedIn } from './support/steps.js';
import { BEHIND_PROXY, openLogin } from './support/visit.js';

/** The login page below a path, behind nginx, which either passes the path on or removes it. */
vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let nginx: Nginx;
let secondPort: number;

beforeAll(async () => {
  database = await createDatabase();
  const port = await freePort();
  secondPort = await freePort();
  // One gateway behind both, because pages know only their path.
  gateway = await startGateway({
    DATABASE_URL: database.url,
    PORT: `${port}`,
    PUBLIC_URL: 'http://localhost:4000/sign-in',
    SESSION_COOKIE: 'on',
    ...BEHIND_PROXY,
  });
  nginx = await startNginx(
    (own) => `
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      server {
        listen 127.0.0.1:${own};
        location /sign-in/ { proxy_pass http://127.0.0.1:${port}/; }
      }
      server {
        listen 127.0.0.1:${secondPort};
        location /sign-in/ { proxy_pass http://127.0.0.1:${port}; }
      }`,
  );
});
afterAll(async () => {
  await nginx?.stop();
  await gateway?.stop();
  await cleanUpProcesses();
  await database?.drop();
});

test.each([
  ['removes it', () => nginx.port],
  ['passes it on', () => secondPort],
])('the login page below a path signs in and shows the account, behind nginx that %s', async (_, portOf) => {
  const finished: (() => Promise<void>)[] = [];
  const visit = await openLogin({ url: `http://localhost:${portOf()}/sign-in` }, (act) => void finished.push(act));
  const elsewhere: string[] = [];
  visit.page.on('request', (request) => {
    if (!new URL(request.url()).pathname.startsWith('/sign-in/')) elsewhere.push(request.url());
  });
  await signInByCode(visit, gateway, somePhone());
  await signedIn(visit);
  await visit.page.reload();
  await signedIn(visit);
  expect(elsewhere).toEqual([]);
  for (const act of finished) await act();
});
