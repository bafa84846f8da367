import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client that reads nothing of an answer for this time is disconnected. */
export const UNREAD_ANSWER_MS = 10_000;
/** How long the rest of a body is discarded after the answer, so that the client can read it (RFC 9112, 9.6). */
export const REST_OF_BODY_MS = 2_000;

/** Serves the requests of a connection one by one (RFC 9112, 9.3.2): the next one when the client has taken the answer to the last one. */
export interface RequestTurns {
  /** Runs `serve` when it is the turn of the request, at once if no other one is pending. */
  take(request: IncomingMessage, response: ServerResponse, serve: () => void): void;
  /** Whether requests wait. Nothing more should be read from the connection. */
  areWaiting(socket: Socket): boolean;
  /** Calls `then` when the request that is pending on the connection is answered, at once if none is. */
  afterAnswer(socket: Socket, then: () => void): void;
}

interface Turns {
  pending: boolean;
  afterAnswer?: (() => void) | undefined;
  waiting: { request: IncomingMessage; response: ServerResponse; serve: () => void }[];
}

/** `onIdle` is called when no request of a connection waits any more. */
export function createRequestTurns(onIdle: (socket: Socket) => void): RequestTurns {
  const bySocket = new WeakMap<Socket, Turns>();

  function next(socket: Socket, turns: Turns): void {
    if (socket.destroyed) turns.waiting.length = 0;
    const first = turns.waiting.shift();
    turns.pending = first !== undefined;
    if (turns.waiting.length === 0) onIdle(socket);
    if (!first) {
      const { afterAnswer } = turns;
      turns.afterAnswer = undefined;
      return afterAnswer?.();
    }
    const { request, response, serve } = first;
    socket.setTimeout(0);
    // Node.js measures this time from the last progress.
    response.once('prefinish', () => socket.setTimeout(UNREAD_ANSWER_MS));
    response.once('finish', () => closeUnlessComplete(request));
    response.once('close', () => next(socket, turns));
    serve();
  }

  return {
    take(request, response, serve) {
      const { socket } = request;
      const turns = bySocket.get(socket) ?? { pending: false, waiting: [] };
      bySocket.set(socket, turns);
      if (socket.destroyed) return;
      turns.waiting.push({ request, response, serve });
      if (!turns.pending) next(socket, turns);
    },
    areWaiting: (socket) => (bySocket.get(socket)?.waiting.length ?? 0) > 0,
    afterAnswer(socket, then) {
      const turns = bySocket.get(socket);
      if (turns?.pending) turns.afterAnswer = then;
      else then();
    },
  };
}

/** Closes a connection whose client goes on sending a body after the answer. */
function closeUnlessComplete(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), REST_OF_BODY_MS);
  request.once('close', () => clearTimeout(timer));
}
