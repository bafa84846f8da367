import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Log } from '../../log.js';
import { OperationIds } from './operation-ids.js';
import type { Connection } from './protocol.js';

/** The largest amount of data that may wait for a client to read it. */
export const MAX_UNREAD_BYTES = 1024 * 1024;

/** Handles one socket until it closes. */
export function serveSocket(
  socket: WebSocket,
  connection: Connection,
  { protocol, log }: { protocol: Server<Connection>; log: Log },
): void {
  socket.on('error', (error) => log.debug({ event: 'websocket.error', error })); // `close` follows
  const ids = new OperationIds();

  /** Handles a message. An error closes only its own socket and never ends the process. */
  async function receive(data: string, handle: (data: string) => Promise<void>): Promise<void> {
    let ended = (): void => {};
    try {
      const message = ids.inbound(data);
      if (!message) return;
      ({ ended } = message);
      await handle(message.data);
    } catch (error) {
      if (socket.readyState !== socket.OPEN) return; // the client left before it was answered
      log.warn({ event: 'websocket.message_failed', error });
      socket.close(CloseCode.BadRequest, 'Bad message');
    } finally {
      ended();
    }
  }

  function send(data: string): Promise<void> {
    if (socket.readyState === socket.OPEN && socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    return new Promise((resolve, reject) => {
      socket.send(ids.outbound(data), (error) => (error ? reject(error) : resolve()));
    });
  }

  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => socket.on('message', (data) => void receive((data as Buffer).toString(), handle)),
    },
    connection,
  );
  socket.once('close', (code, reason) => void closed(code, String(reason)));
}
