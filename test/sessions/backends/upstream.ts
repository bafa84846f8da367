import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An application behind a proxy. It records every request that reaches it, and returns the headers of the request. */
export interface Upstream {
  port: number;
  /** The headers of each request as they came over the wire, name and value. */
  reached: [name: string, value: string][][];
  close(): void;
}

export async function startUpstream(): Promise<Upstream> {
  const reached: Upstream['reached'] = [];
  const server = createServer((request, response) => {
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
    const headers = names.map((name, index): [string, string] => [name, String(request.rawHeaders[index * 2 + 1])]);
    reached.push(headers);
    // A 401 of the application itself.
    response.writeHead(request.url === '/refused-by-the-app' ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ method: request.method, headers }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
