import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A fault of a provider: it never answers (`hang`), closes the connection (`hang-up`), returns this answer, or answers
 * normally but late (`slowMs`, or when `until` has resolved). Milliseconds are real time.
 */
export type Fault =
  | 'hang'
  | 'hang-up'
  | {
      status: number;
      body: string;
      contentType?: string;
      headers?: Record<string, string>;
      afterMs?: number;
      until?: Promise<unknown>;
    }
  | { slowMs?: number; until?: Promise<unknown> };

export interface Served {
  url: string;
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on 127.0.0.1. `handle` gets the whole body and answers with `writeHead`, because a WHATWG
 * `Response` refuses statuses above 599, which Kavenegar uses.
 */
export async function serve(
  handle: (request: IncomingMessage, body: string, response: ServerResponse) => void | Promise<void>,
  port = 0,
): Promise<Served> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await handle(request, Buffer.concat(chunks).toString('utf8'), response);
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

/** Applies the fault. @returns whether the request needs no other answer */
export async function applyFault(fault: Fault | undefined, response: ServerResponse): Promise<boolean> {
  if (fault === undefined) return false;
  if (fault === 'hang') return true;
  if (fault === 'hang-up') {
    response.destroy();
    return true;
  }
  if (!('status' in fault)) {
    if (fault.slowMs) await new Promise((resolve) => setTimeout(resolve, fault.slowMs));
    await fault.until;
    return false;
  }
  if (fault.afterMs) await new Promise((resolve) => setTimeout(resolve, fault.afterMs));
  await fault.until;
  response.writeHead(fault.status, { 'content-type': fault.contentType ?? 'application/json', ...fault.headers });
  response.end(fault.body);
  return true;
}
