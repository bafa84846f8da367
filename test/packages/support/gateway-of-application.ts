import { vi } from 'vitest';
import { type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { freePort } from '../../support/ports.js';

export interface ApplicationGateway {
  /** The PUBLIC_URL. */
  url: string;
  /** Waits for the code that the gateway sends after `act` has begun. */
  codeAfter(act: () => Promise<unknown>): Promise<string>;
  stop(): Promise<void>;
}

/** A gateway as applications know it: by a URL that is the issuer of its tokens, too. */
export async function startApplicationGateway(): Promise<ApplicationGateway> {
  const database = await createDatabase();
  const port = `${await freePort()}`;
  const url = `http://localhost:${port}`;
  const gateway = await startGateway({ DATABASE_URL: database.url, PORT: port, PUBLIC_URL: url });
  return {
    url,
    async codeAfter(act) {
      const before = gateway.log.length;
      const [code] = await Promise.all([vi.waitUntil(() => codeSince(gateway, before), { timeout: 20_000 }), act()]);
      return code;
    },
    async stop() {
      await gateway.stop();
      await database.drop();
    },
  };
}

function codeSince({ log }: TestGateway, index: number): string | undefined {
  const line = log.slice(index).find(({ event }) => event === 'console.message');
  return line && String(line['code']);
}
