import { once } from 'node:events';
import { type Server, createServer } from 'node:net';

interface Address {
  port: number;
  host: string;
}

/** Accepts connections from now on. @returns the port @throws Error with a code, such as EADDRINUSE */
export async function listen(server: Server, { port, host }: Address): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  return typeof bound === 'object' && bound ? bound.port : port;
}

/**
 * Finds out whether a port can be used, so that a mistake is reported before anything else starts. A proxy must not reach
 * the port before the gateway can answer, so nothing listens on it afterwards. A free port (0) stays taken until it is
 * released: nobody knows it yet, and another program could get it.
 */
export async function reservePort(address: Address): Promise<{ port: number; release: () => Promise<void> }> {
  const probe = createServer((socket) => socket.destroy());
  const port = await listen(probe, address);
  const release = async () => {
    if (!probe.listening) return;
    probe.close();
    await once(probe, 'close');
  };
  if (address.port !== 0) await release();
  return { port, release };
}
