import { type IncomingHttpHeaders, type IncomingMessage, createServer, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** A proxy between the client and the gateway that refuses, swallows, cuts, loses and rewrites what passes. */
export interface Proxy {
  url: string;
  /** The gateway's URL. A test may change it, as when another instance takes over. */
  target: string;
  /** What happens to WebSockets: `swallow` accepts the connection and sends nothing. */
  sockets: 'pass' | 'refuse' | 'swallow';
  /** What happens to event streams: `hold` passes the headers and nothing of the body. */
  streams: 'pass' | 'refuse' | 'swallow' | 'hold';
  /** Answers instead of the gateway. */
  instead:
    | ((asked: Asked) => { status: number; body: string; headers?: Record<string, string> } | undefined)
    | undefined;
  /** Passes a request to the gateway, and loses its answer. */
  loses: ((asked: Asked) => boolean) | undefined;
  /** Holds an answer back until the promise resolves. */
  delays: ((asked: Asked) => Promise<void> | undefined) | undefined;
  /** Changes an answer. */
  rewrites: ((body: string, asked: Asked) => string) | undefined;
  /** The client's IP in X-Forwarded-For. */
  from: string | undefined;
  /** Keeps cookies for the client, as a browser does. */
  cookies: Map<string, string> | undefined;
  /** Every request, oldest first. The operation of an upgrade is `WebSocket`. */
  asked: Asked[];
  times(operation: string): number;
  /** Breaks all open connections. */
  cut(): void;
  /** Number of connections from clients. */
  open(): number;
  close(): Promise<void>;
}

export interface Asked {
  /** The operation's name. */
  operation: string;
  headers: IncomingHttpHeaders;
  variables: Record<string, unknown>;
}

export async function startProxy(target: string): Promise<Proxy> {
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  const server = createServer((incoming, response) => {
    void forward(incoming).catch(() => response.destroy());

    async function forward(from: IncomingMessage): Promise<void> {
      const body = await text(from);
      const { query = '', variables = {} } = JSON.parse(body || '{}') as { query?: string; variables?: object };
      const isStream = from.headers.accept === 'text/event-stream';
      const operation = /(?:mutation|query|subscription) (\w+)/.exec(query)?.[1] ?? '';
      const asked: Asked = { operation, headers: from.headers, variables: { ...variables } };
      proxy.asked.push(asked);
      const given = proxy.instead?.(asked);
      if (given) return void response.writeHead(given.status, given.headers).end(given.body);
      if (isStream && proxy.streams === 'swallow') return;
      if (isStream && proxy.streams === 'refuse')
        return void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');

      const jar = proxy.cookies;
      const cookie = [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
      const { 'accept-encoding': _, connection: __, ...headers } = from.headers;
      if (proxy.from) headers['x-forwarded-for'] = proxy.from;
      const out = request(
        new URL(from.url ?? '/', proxy.target),
        { method: from.method ?? 'POST', headers: { ...headers, ...(cookie ? { cookie } : {}) }, agent: false },
        (answer) => {
          for (const line of answer.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
            if (/Max-Age=0/.test(line)) jar?.delete(name);
            else jar?.set(name, value);
          }
          if (isStream) {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            response.flushHeaders();
            if (proxy.streams === 'pass') answer.pipe(response);
            answer.on('error', () => response.destroy());
            answer.on('close', () => response.end());
            return;
          }
          void text(answer).then(async (said) => {
            await proxy.delays?.(asked);
            if (proxy.loses?.(asked)) return void response.destroy();
            const { 'content-length': ___, 'transfer-encoding': ____, 'set-cookie': _____, ...rest } = answer.headers;
            response.writeHead(answer.statusCode ?? 502, rest).end(proxy.rewrites?.(said, asked) ?? said);
          });
        },
      );
      out.on('error', () => response.destroy());
      response.on('close', () => isStream && out.destroy());
      out.end(body);
    }
  });
  server.on('connection', (socket) => {
    near.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => near.delete(socket));
  });
  server.on('upgrade', (incoming, socket: Socket, head) => {
    proxy.asked.push({ operation: 'WebSocket', headers: incoming.headers, variables: {} });
    if (proxy.sockets === 'swallow') return void socket.resume().on('end', () => socket.destroy());
    if (proxy.sockets === 'refuse')
      return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    const gatewaySocket = passSocket({ incoming, socket, head }, proxy.target);
    far.add(gatewaySocket);
    gatewaySocket.on('close', () => far.delete(gatewaySocket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    sockets: 'pass',
    streams: 'pass',
    instead: undefined,
    loses: undefined,
    delays: undefined,
    rewrites: undefined,
    from: undefined,
    cookies: undefined,
    asked: [],
    times: (operation) => proxy.asked.filter((asked) => asked.operation === operation).length,
    cut() {
      for (const socket of [...near, ...far]) socket.destroy();
    },
    open: () => near.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        proxy.cut();
      }),
  };
  return proxy;
}

/** Connects an upgraded socket to the gateway. @returns the socket to the gateway */
function passSocket(
  { incoming, socket, head }: { incoming: IncomingMessage; socket: Socket; head: Buffer },
  target: string,
): Socket {
  const { hostname, port } = new URL(target);
  const other = connect(Number(port), hostname, () => {
    const lines = incoming.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    );
    other.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    other.write(head);
    other.pipe(socket).pipe(other);
  });
  other.on('error', () => {});
  other.on('close', () => socket.destroy());
  socket.on('close', () => other.destroy());
  return other;
}
