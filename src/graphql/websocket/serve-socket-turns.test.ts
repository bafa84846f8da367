import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Server } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { type Connection } from './protocol.js';
import { serveSocket } from './serve-socket.js';

const KB = 1024;

/** A socket that is served, with the turns that wait. The test decides when a turn comes, and when an answer is read. */
function serve() {
  const turns: (() => void)[] = [];
  const unread: (() => void)[] = [];
  const handled: string[] = [];
  let isPaused = false;
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    protocol: 'graphql-transport-ws',
    bufferedAmount: 0,
    pause: () => void (isPaused = true),
    resume: () => void (isPaused = false),
    send: (_data: string, done: () => void) => void unread.push(done),
    close: () => {},
    terminate: () => {},
  });
  Object.defineProperty(socket, 'isPaused', { get: () => isPaused });
  let send: (data: string) => unknown = () => undefined;
  const protocol = {
    opened: (of: { send: typeof send; onMessage: (handle: (data: string) => Promise<void>) => void }) => {
      ({ send } = of);
      of.onMessage(async (data) => void handled.push(data));
      return () => Promise.resolve();
    },
  } as unknown as Server<Connection>;
  const stream = new EventEmitter();
  serveSocket(socket as unknown as WebSocket, { context: { client: { ip: '203.0.113.7' } } } as unknown as Connection, {
    stream: stream as unknown as Duplex,
    protocol,
    fairQueue: { enqueue: (_, job) => void turns.push(job) },
    cpuTime: { waitMs: () => 0, charge: () => {} },
    onFlood: () => {},
    log: {} as never,
  });
  return {
    turns,
    handled,
    isPaused: () => isPaused,
    read: (bytes: number) => stream.emit('data', Buffer.alloc(bytes)),
    message: () => socket.emit('message', Buffer.from('{"type":"ping"}')),
    answer: (count: number) => Array.from({ length: count }, () => send('{"type":"pong"}')),
    takeTurn: () => turns.shift()?.(),
    clientReads: (count: number) => unread.splice(0, count).forEach((done) => done()),
  };
}

describe('a socket', () => {
  test('is read on only in its next turn after more than 4 KB were read at once', () => {
    const { turns, isPaused, read, takeTurn } = serve();
    read(4 * KB);
    expect([isPaused(), turns.length]).toEqual([false, 0]);
    read(4 * KB + 1);
    expect([isPaused(), turns.length]).toEqual([true, 1]);
    takeTurn();
    expect([isPaused(), turns.length]).toEqual([false, 0]);
  });

  test('is not read from, and gets no turn, while more than 16 of its answers are unread', async () => {
    const { turns, handled, isPaused, read, message, answer, clientReads, takeTurn } = serve();
    answer(17);
    read(10);
    message();
    expect([isPaused(), turns.length, handled.length]).toEqual([true, 0, 0]);
    clientReads(1);
    await Promise.resolve();
    expect([isPaused(), turns.length]).toEqual([false, 1]);
    takeTurn();
    expect(handled).toHaveLength(1);
  });

  test('is not read from while more than eight of its messages wait for their turn, of which four are handled in each', () => {
    const { turns, handled, isPaused, message, takeTurn } = serve();
    for (let count = 0; count < 9; count += 1) message();
    expect([isPaused(), turns.length]).toEqual([true, 1]);
    takeTurn();
    expect([handled.length, isPaused(), turns.length]).toEqual([4, false, 1]);
  });
});
