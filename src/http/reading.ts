import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { startCpuTime } from '../guard/floods/cpu-time.js';
import type { FairQueue } from '../guard/floods/fair-queue.js';
import type { NetworkBudget } from '../guard/floods/network-budget.js';

/** Bytes that are parsed before the gateway looks again whether it may go on. They contain less than forty requests. */
const BYTES_AT_ONCE = 1024;
/** Bytes that are parsed in one turn. Most requests are shorter, and are parsed without waiting for a turn. */
const BYTES_PER_TURN = 4 * 1024;

/** Parses what clients send, in turns and while their networks have time left. */
export interface Reading {
  /** Takes over a connection from Node's server, which has just begun to listen to it. */
  take(socket: Socket, ip: string): void;
  /** Gives a connection that is no HTTP connection any more what was read and not parsed. */
  release(socket: Socket): void;
  /** Reads nothing more from a connection, which is about to be closed. */
  stop(socket: Socket): void;
  /** Names the latest request of a connection and its client. */
  attribute(request: IncomingMessage, ip: string): void;
  /** Whether the network of a client has used up the time for reading its requests. */
  isExhausted(ip: string): boolean;
  /** Goes on with a connection whose requests do not wait any more. */
  proceed(socket: Socket): void;
}

interface Source {
  ip: string;
  /** Parses some bytes: the listener of Node's server. */
  parse: (bytes: Buffer) => void;
  onData: (bytes: Buffer) => void;
  onDrain: () => void;
  /** What was read and not parsed yet. */
  rest: Buffer;
  /** Whether this module has paused the socket. Node.js does too, while nobody reads a body. */
  isPaused: boolean;
  hasTurn: boolean;
  request?: IncomingMessage;
}

/**
 * Node.js reads 64 KB at once and parses all of it, which can be a thousand requests or ten thousand pieces of a body. This
 * gives its parser small parts, and stops between them when a request waits for the answer to the one before it. Long
 * parts wait for the turn of their network, whose CPU time is limited. TCP slows down a client that is not read from.
 *
 * @param areWaiting whether requests of the connection wait for the answer before them
 */
export function createReading(deps: {
  /** Whether the other end of a connection is a client, not a proxy. */
  isDirect: boolean;
  cpuTime: NetworkBudget;
  fairQueue: FairQueue;
  areWaiting: (socket: Socket) => boolean;
}): Reading {
  const { isDirect, cpuTime, fairQueue, areWaiting } = deps;
  const sources = new WeakMap<Socket, Source>();

  /** Parses up to `limit` bytes. */
  function parse(socket: Socket, source: Source, limit: number): void {
    const isHeld = () => isStopped(socket) || areWaiting(socket) || sources.get(socket) !== source;
    for (let parsed = 0; parsed < limit && source.rest.length > 0 && !isHeld(); parsed += BYTES_AT_ONCE) {
      const part = source.rest.subarray(0, BYTES_AT_ONCE);
      source.rest = source.rest.subarray(BYTES_AT_ONCE);
      source.parse(part);
    }
  }

  /** Whether the next bytes can come from a client that has no time left. A proxy sends the next client's request. */
  function mustWait({ ip, request }: Source): boolean {
    return cpuTime.waitMs(ip) > 0 && (isDirect || (request !== undefined && !request.complete));
  }

  function proceed(socket: Socket): void {
    const source = sources.get(socket);
    if (!source || socket.destroyed) return;
    const mustHold = areWaiting(socket) || isStopped(socket);
    if (source.rest.length === 0 && !mustHold && !mustWait(source)) return resume(socket, source);
    source.isPaused = true;
    socket.pause();
    if (source.hasTurn || mustHold) return;
    source.hasTurn = true;
    fairQueue.enqueue(source.ip, () => {
      source.hasTurn = false;
      parse(socket, source, BYTES_PER_TURN);
      proceed(socket);
    });
  }

  return {
    take(socket, ip) {
      const [parser] = socket.listeners('data') as ((bytes: Buffer) => void)[];
      // Without it nothing here would have an effect.
      if (!parser) throw new Error('The server of this version of Node.js does not listen to its sockets');
      socket.off('data', parser);
      const source: Source = {
        ip,
        parse: (bytes) => parser.call(socket, bytes),
        onData(bytes) {
          if (source.rest.length > 0) source.rest = Buffer.concat([source.rest, bytes]);
          else {
            source.rest = bytes;
            if (bytes.length <= BYTES_PER_TURN && !mustWait(source)) {
              const cpuMs = startCpuTime();
              parse(socket, source, BYTES_PER_TURN);
              cpuTime.charge(source.ip, cpuMs());
            }
          }
          proceed(socket);
        },
        onDrain: () => proceed(socket),
        rest: Buffer.alloc(0),
        isPaused: false,
        hasTurn: false,
      };
      sources.set(socket, source);
      socket.on('data', source.onData).on('drain', source.onDrain);
      proceed(socket);
    },
    release(socket) {
      const source = sources.get(socket);
      if (!source) return;
      sources.delete(socket);
      socket.off('data', source.onData).off('drain', source.onDrain);
      if (source.rest.length > 0) socket.unshift(source.rest);
    },
    stop(socket) {
      const source = sources.get(socket);
      if (source) source.rest = Buffer.alloc(0);
      if (source) socket.off('data', source.onData).resume();
      sources.delete(socket);
    },
    attribute(request, ip) {
      const source = sources.get(request.socket);
      if (!source) return;
      source.request = request;
      if (!isDirect) source.ip = ip;
    },
    isExhausted: (ip) => cpuTime.waitMs(ip) > 0,
    proceed,
  };
}

/**
 * Whether Node's parser must not be used: the connection ends, or the client leaves answers unread. Node.js pauses its
 * parser when it meets a request in that state, and resumes it on `drain`.
 */
function isStopped(socket: Socket): boolean {
  return socket.destroyed || !socket.writable || socket.writableNeedDrain;
}

function resume(socket: Socket, source: Source): void {
  if (!source.isPaused) return;
  source.isPaused = false;
  const { request } = source;
  // Node.js resumes the socket itself when the body is read.
  const isBodyUnread = request && !request.complete && request.readableLength >= request.readableHighWaterMark;
  if (!isBodyUnread) socket.resume();
}
