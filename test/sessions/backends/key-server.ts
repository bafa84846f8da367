import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The public URL of a gateway as backends know it: its JWKS, with a count of the requests for it. */
export interface KeyServer {
  url: string;
  fetched(): number;
  /**
   * From now on, serves the keys of this gateway. The URL is needed before the gateway exists, because it is the issuer
   * of its tokens.
   */
  lead(gatewayUrl: string): void;
  close(): void;
}

export async function startKeyServer(): Promise<KeyServer> {
  let fetched = 0;
  let target = '';
  const server = createServer((request, response) => {
    if (request.url !== '/.well-known/jwks.json') return void response.writeHead(404).end();
    fetched += 1;
    void fetch(`${target}${request.url}`).then(async (answer) =>
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text()),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetched: () => fetched,
    lead: (gatewayUrl) => void (target = gatewayUrl),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
