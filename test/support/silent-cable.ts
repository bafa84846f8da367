import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A cable whose connections can die silently, as behind a firewall that forgets them. */
export interface SilentCable {
  /** The server's URL through the cable. */
  url: string;
  /** The current connections stay open and carry no more data. New connections work. */
  silence(): void;
  close(): Promise<void>;
}

export async function laySilentCable(serverUrl: string): Promise<SilentCable> {
  const target = new URL(serverUrl);
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    pairs.add([near, far]);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.toString(),
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        far.resume();
        near.resume();
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) for (const socket of pair) socket.destroy();
      }),
  };
}
