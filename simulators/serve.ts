import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong at a provider: it never answers, it hangs up, or it answers just this, perhaps late. */
export type Fault =
  | 'hang'
  | 'hang-up'
  | { status: number; body: string; contentType?: string; headers?: Record<string, string>; afterMs?: number }
  | { slowMs: number };

export interface Served {
  url: string;
  close(): Promise<void>;
}

/**
 * A provider on a real port. `act` is handed the whole body; it may answer whenever it likes. Written on `writeHead`,
 * because a WHATWG Response refuses the statuses above 599 that Kavenegar uses.
 */
export async function serve(
  act: (request: IncomingMessage, body: string, response: ServerResponse) => void | Promise<void>,
  port = 0,
): Promise<Served> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await act(request, Buffer.concat(chunks).toString('utf8'), response);
    })().catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Lets the fault happen. @returns whether the answer has been taken care of; a slow one only comes later. */
export async function suffer(fault: Fault | undefined, response: ServerResponse): Promise<boolean> {
  if (fault === undefined) return false;
  if (fault === 'hang') return true;
  if (fault === 'hang-up') {
    response.destroy();
    return true;
  }
  if ('slowMs' in fault) {
    await new Promise((resolve) => setTimeout(resolve, fault.slowMs));
    return false;
  }
  if (fault.afterMs) await new Promise((resolve) => setTimeout(resolve, fault.afterMs));
  response.writeHead(fault.status, { 'content-type': fault.contentType ?? 'application/json', ...fault.headers });
  response.end(fault.body);
  return true;
}
