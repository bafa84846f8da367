import { createServer, request as sendRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { WEBHOOK, type Service, type World } from '../world.js';

interface ProxyFaults {
  /** Answers requests for this path itself, with 404. */
  hides?: string;
  /** Answers larger bodies with 413. */
  maxBodyBytes?: number;
  /** Answers the request for a WebSocket with 400. */
  withoutUpgrade?: boolean;
  /** Adds the address of the client to X-Forwarded-For. */
  forwards?: boolean;
}

/** Puts a proxy in front of the gateway. Clients and Green API use its URL. */
export async function behindAProxy(world: World, service: Service, faults: ProxyFaults): Promise<void> {
  const target = new URL(service.gateway.url);
  const server = createServer((request, response) => {
    const isHidden = faults.hides !== undefined && request.url?.startsWith(faults.hides) === true;
    if (isHidden || (request.headers.upgrade && faults.withoutUpgrade)) {
      response.writeHead(isHidden ? 404 : 400, { connection: 'close' }).end();
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > (faults.maxBodyBytes ?? Infinity)) {
      request.resume();
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const headers = { ...request.headers, ...(faults.forwards ? { 'x-forwarded-for': '203.0.113.7' } : {}) };
    const passed = sendRequest(
      { host: target.hostname, port: target.port, path: request.url, method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  if (!faults.withoutUpgrade)
    server.on('upgrade', (request, socket, head) => {
      const passed = connect(Number(target.port), target.hostname, () => {
        const lines = request.rawHeaders.flatMap((text, index) =>
          index % 2 === 0 ? [] : [`${request.rawHeaders[index - 1]}: ${text}`],
        );
        passed.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
        passed.write(head);
        passed.pipe(socket).pipe(passed);
      });
      for (const end of [socket, passed]) end.on('error', () => {});
    });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atTheEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world.env['PUBLIC_URL'] = url;
  world.greenApi.configure({ webhookUrl: `${url}${WEBHOOK}` });
}
