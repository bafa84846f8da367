// Better Auth with its plugin for phones, as its documentation sets it up, in production. Only its limits are off: they
// would refuse a benchmark that comes from one address.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { phoneNumber } from 'better-auth/plugins';
import pg from 'pg';

const options = {
  baseURL: 'http://127.0.0.1',
  secret: process.env['GATEWAY_SECRET'],
  // As many connections as the gateway has for sign-ins.
  database: new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 }),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    phoneNumber({
      sendOTP: () => {},
      signUpOnVerification: { getTempEmail: (phone) => `${phone.slice(1)}@example.com` },
    }),
  ],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);

async function answerWithLength(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const answer = await auth.handler(
    new Request(`http://127.0.0.1${request.url}`, {
      method: request.method,
      headers: request.headers,
      body: Buffer.concat(chunks),
    }),
  );
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'content-length': body.length });
  response.end(body);
}

const server = createServer((request, response) => void answerWithLength(request, response));
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
