import type { Country } from './people.js';
import type { Channel } from './providers.js';

/** Two providers of SMS in each country, as an operator configures them: the cheaper one first. */
export const ROUTES: Record<Country, readonly Channel[]> = {
  IR: ['kavenegar-verify', 'melipayamak', 'kavenegar-sms'],
  KZ: ['green-api', 'http:mobizon', 'kavenegar-sms'],
  KG: ['green-api', 'http:smspro', 'kavenegar-sms'],
};

/** The gateway as it is built, in this process, so that it follows the simulated clock. */
export async function startGateway({
  databaseUrl,
  env,
}: {
  databaseUrl: string;
  env: Record<string, string>;
}): Promise<{ port: number; logged: Record<string, number>; stop(): Promise<void> }> {
  const { loadConfig } = await load<typeof import('../../src/config/config.js')>('config/config.js');
  const { createGateway } = await load<typeof import('../../src/gateway.js')>('gateway.js');
  const { createHttpServer } = await load<typeof import('../../src/http/server.js')>('http/server.js');
  const { createLog } = await load<typeof import('../../src/log.js')>('log.js');
  const config = loadConfig({
    NODE_ENV: 'production',
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: 'https://login.example.com',
    DATABASE_URL: databaseUrl,
    GATEWAY_SECRET: 'n7KqWv2RzT9xLpB4sHdYc6Jm8GfE3uAa',
    TRUSTED_PROXY_HOPS: '1',
    // What 600 sign-ins cost when each code goes by the dearest channel of its route: see docs/operations/abuse.md.
    SPEND_LIMIT_USD_PER_DAY: '100',
    DELIVERY_ROUTES: Object.entries(ROUTES)
      .map(([country, channels]) => `${country}=${channels.join(',')}`)
      .join(';'),
    ...env,
  });
  const logged: Record<string, number> = {};
  const log = createLog('warn', {
    write(line: string) {
      const { event = 'unknown' } = JSON.parse(line) as { event?: string };
      logged[event] = (logged[event] ?? 0) + 1;
      if (process.env['SHOW_LOG']) process.stderr.write(line);
    },
  });
  const server = createHttpServer(config, log);
  const gateway = await createGateway({ config, databaseUrl, server, log });
  return {
    port: await server.listen(gateway.handlers),
    logged,
    async stop() {
      gateway.drain();
      await server.close({ graceMs: 0, idleMs: 0 });
      await gateway.close();
    },
  };
}

/** The built code: running TypeScript directly adds code to every function, which costs CPU time. */
const load = <Module>(path: string): Promise<Module> => import(new URL(`../../dist/${path}`, import.meta.url).href);
