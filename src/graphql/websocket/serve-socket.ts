import type { Duplex } from 'node:stream';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { isStorageError } from '../../db/storage-error.js';
import { startCpuTime } from '../../guard/floods/cpu-time.js';
import type { NetworkBudget } from '../../guard/floods/network-budget.js';
import type { FairQueue } from '../../guard/floods/fair-queue.js';
import type { Log } from '../../log.js';
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from './close-codes.js';
import { OperationIds } from './operation-ids.js';
import type { Connection } from './protocol.js';

/** The largest amount of data, and the largest number of messages, that may wait for a client to read them. */
export const MAX_UNREAD_BYTES = 256 * 1024;
export const MAX_UNREAD_MESSAGES = 1_000;
/** While more than this number of messages wait for a client to read them, no message of that client is handled. */
const UNREAD_MESSAGES_TO_PAUSE_AT = 16;
/** The largest number of messages and pings of one client that may wait for their turn. */
export const MAX_WAITING_MESSAGES = 100;
/** While more than this number of messages of a client wait for their turn, nothing is read from that client. */
const WAITING_MESSAGES_TO_PAUSE_AT = 8;
/** After more bytes at once, the next ones are read when it is the client's turn. */
const BYTES_BETWEEN_TURNS = 4 * 1024;
/** Messages handled in one turn. Enough for a `subscribe` and the `complete` that arrives with it. */
const MESSAGES_PER_TURN = 4;

/**
 * Handles one socket until it closes. The messages of all sockets take turns, so that no client delays the others. A
 * client that sends faster than its messages are handled, or that does not read its answers, is not read from: TCP then
 * slows the client down, and nothing piles up in memory.
 */
export function serveSocket(
  socket: WebSocket,
  connection: Connection,
  deps: {
    stream: Duplex;
    protocol: Server<Connection>;
    fairQueue: FairQueue;
    cpuTime: NetworkBudget;
    onFlood: (ip: string) => void;
    log: Log;
  },
): void {
  const { stream, protocol, fairQueue, cpuTime, onFlood, log } = deps;
  const { ip } = connection.context.client;
  const ids = new OperationIds();
  const waiting: (() => void)[] = [];
  let unread = 0;
  let hasTurn = false;
  let cpuMs = startCpuTime();
  let hasReadMuch = false;
  let pongs = 0;
  let hasFlooded = false;

  socket.on('error', (error) => log.debug({ event: 'websocket.error', error })); // `close` follows

  /** Handles a message. An error closes only its own socket and never ends the process. */
  async function receive(data: string, handle: (data: string) => Promise<void>): Promise<void> {
    let message: ReturnType<OperationIds['inbound']>;
    try {
      message = ids.inbound(data);
    } catch (error) {
      return fail(error, CloseCode.BadRequest, 'Bad message');
    }
    try {
      if (message) await handle(message.data);
    } catch (error) {
      if (isStorageError(error)) fail(error, TRY_AGAIN_LATER, 'Database unavailable');
      else if (isUnexpectedMessage(error)) fail(error, CloseCode.BadRequest, 'Bad message');
      else fail(error, CloseCode.InternalServerError, 'Internal server error');
    } finally {
      message?.ended();
    }
  }

  function fail(error: unknown, code: number, reason: string): void {
    if (socket.readyState !== socket.OPEN) return; // the client left before it was answered
    log.warn({ event: 'websocket.message_failed', code, error });
    socket.close(code, reason);
  }

  function send(data: string): Promise<void> {
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    if (socket.bufferedAmount > MAX_UNREAD_BYTES || unread >= MAX_UNREAD_MESSAGES) {
      socket.terminate();
      return Promise.resolve();
    }
    unread += 1;
    return new Promise((resolve, reject) => {
      socket.send(ids.outbound(data), (error) => {
        unread -= 1;
        if (error) return reject(error);
        resolve();
        proceed();
      });
    });
  }

  /** Puts a message or a ping into the queue of this socket. */
  function wait(handle: () => void): void {
    if (socket.readyState !== socket.OPEN) return;
    if (waiting.length < MAX_WAITING_MESSAGES) waiting.push(handle);
    else closeFlood();
    proceed();
  }

  function closeFlood(): void {
    waiting.length = 0;
    if (hasFlooded || socket.readyState !== socket.OPEN) return;
    hasFlooded = true;
    onFlood(ip);
    socket.close(POLICY_VIOLATION, 'Too many messages');
    socket.pause(); // the client may go on sending until the socket is destroyed
  }

  /** Takes the next turn if there is something to do, and reads on if nothing waits. */
  function proceed(): void {
    if (hasFlooded) return;
    const isUnread = unread > UNREAD_MESSAGES_TO_PAUSE_AT;
    const mustPause =
      isUnread || hasReadMuch || waiting.length > WAITING_MESSAGES_TO_PAUSE_AT || cpuTime.waitMs(ip) > 0;
    if (mustPause && !socket.isPaused) socket.pause();
    if (!mustPause && socket.isPaused) socket.resume();
    if (hasTurn || isUnread || (waiting.length === 0 && !mustPause)) return;
    hasTurn = true;
    fairQueue.enqueue(ip, () => {
      hasTurn = false;
      hasReadMuch = false;
      for (let handled = 0; handled < MESSAGES_PER_TURN && socket.readyState === socket.OPEN; handled += 1)
        waiting.shift()?.();
      proceed();
    });
  }

  // ws would take apart at once all that a client has sent and the gateway has not read, also for hundreds of sockets that close together.
  stream.prependListener('close', () => void stream.read());
  // The time in which the frames are taken apart counts too: a client can send many frames that are no messages.
  stream.prependListener('data', () => {
    cpuMs = startCpuTime();
    pongs = 0;
  });
  stream.on('data', (chunk: Buffer) => {
    hasReadMuch = chunk.length > BYTES_BETWEEN_TURNS;
    cpuTime.charge(ip, cpuMs());
    proceed();
  });
  socket.on('pong', () => {
    pongs += 1;
    if (pongs > MAX_WAITING_MESSAGES) closeFlood();
  });
  socket.on('ping', (data: Buffer) =>
    wait(() => {
      unread += 1;
      socket.pong(data, false, () => {
        unread -= 1;
        proceed();
      });
    }),
  );

  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => socket.on('message', (data: Buffer) => wait(() => void receive(data.toString(), handle))),
    },
    connection,
  );
  socket.once('close', (code, reason) => void closed(code, String(reason)));
}

/** Whether graphql-ws refuses a message that only a server sends. It throws a plain Error for it. */
function isUnexpectedMessage(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type');
}
