import { type Socket, connect } from 'node:net';

/**
 * A connection that posts JSON and waits for the answer, one request at a time. Client and server share the CPU, so the
 * client does as little as possible: it reads only the length from the headers.
 */
export class PostConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #received = '';
  #resolve: ((body: string) => void) | undefined;

  /** `ip` is the address that a proxy's header names. */
  constructor(port: number, ip?: string) {
    this.#host = `127.0.0.1:${port}${ip === undefined ? '' : `\r\nX-Forwarded-For: ${ip}`}`;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk: string) => this.#take(chunk));
  }

  post(path: string, body: string): Promise<string> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#socket.write(
        `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received.slice(0, head))?.[1]);
    if (this.#received.length < head + 4 + length) return;
    const body = this.#received.slice(head + 4, head + 4 + length);
    this.#received = '';
    this.#resolve?.(body);
  }
}
