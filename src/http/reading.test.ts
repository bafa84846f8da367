import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFairQueue } from '../guard/floods/fair-queue.js';
import { createNetworkBudget } from '../guard/floods/network-budget.js';
import { createReading } from './reading.js';

const IP = '203.0.113.7';
const KB = 1024;

/** A connection whose parser counts bytes, and the turns that wait. */
function connection({
  areWaiting = () => false,
  waitMs = () => 0,
}: { areWaiting?: () => boolean; waitMs?: () => number } = {}) {
  const turns: (() => void)[] = [];
  const unread: (() => void)[] = [];
  const socket = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => void unread.push(done),
    writableHighWaterMark: 16,
  }) as unknown as Socket;
  const parts: number[] = [];
  socket.on('data', (bytes: Buffer) => parts.push(bytes.length));
  const reading = createReading({
    isDirect: true,
    cpuTime: { waitMs, charge: () => {} },
    fairQueue: { enqueue: (_, job) => void turns.push(job) },
    areWaiting,
  });
  reading.take(socket, IP);
  const parsed = () => parts.reduce((sum, length) => sum + length, 0);
  const receive = (bytes: number) => socket.emit('data', Buffer.alloc(bytes, 'x'));
  const takeTurn = () => turns.shift()?.();
  const readAnswer = () => unread.shift()?.();
  return { socket, turns, parts, reading, parsed, receive, takeTurn, readAnswer };
}

describe('what a client sends', () => {
  test('is parsed at once if it is at most 4 KB, in parts of 1 KB', () => {
    const { socket, turns, parts, receive } = connection();
    receive(4 * KB);
    expect(parts).toEqual([KB, KB, KB, KB]);
    expect([turns.length, socket.isPaused()]).toEqual([0, false]);
  });

  test('waits for its turn if more was read at once, and 4 KB are parsed in each turn', () => {
    const { socket, turns, parsed, receive, takeTurn } = connection();
    receive(9 * KB);
    expect([parsed(), turns.length, socket.isPaused()]).toEqual([0, 1, true]);
    takeTurn();
    expect([parsed(), turns.length, socket.isPaused()]).toEqual([4 * KB, 1, true]);
    takeTurn();
    expect([parsed(), turns.length, socket.isPaused()]).toEqual([8 * KB, 1, true]);
    takeTurn();
    expect([parsed(), turns.length, socket.isPaused()]).toEqual([9 * KB, 0, false]);
  });

  test('waits for its turn while its network has no time left', () => {
    let left = 0;
    const { turns, parsed, receive, takeTurn } = connection({ waitMs: () => left });
    left = 20;
    receive(100);
    expect([parsed(), turns.length]).toEqual([0, 1]);
    takeTurn();
    expect(parsed()).toBe(100);
  });

  test('is neither parsed nor read on while requests of the connection wait', () => {
    let isWaiting = true;
    const { socket, turns, parsed, reading, receive } = connection({ areWaiting: () => isWaiting });
    receive(100);
    expect([parsed(), turns.length, socket.isPaused()]).toEqual([0, 0, true]);
    isWaiting = false;
    reading.proceed(socket);
    expect(turns).toHaveLength(1);
  });

  test('is neither parsed nor read on while the client leaves answers unread', async () => {
    const { socket, turns, parsed, receive, takeTurn, readAnswer } = connection();
    socket.write('an answer that is longer than what may wait');
    receive(100);
    receive(9 * KB);
    expect([parsed(), turns.length, socket.isPaused()]).toEqual([0, 0, true]);
    const drained = once(socket, 'drain');
    readAnswer();
    await drained;
    while (turns.length > 0) takeTurn();
    expect([parsed(), socket.isPaused()]).toEqual([9 * KB + 100, false]);
  });
});

describe('the server of this version of Node.js', () => {
  const isParserPaused = (socket: Socket & { _paused?: boolean }) => socket._paused === true;

  /** Serves requests through `createReading`, and calls `look` with each connection before it is taken over. */
  async function serve(look: (socket: Socket) => void) {
    const budget = createNetworkBudget({ perSecond: 1e9, burst: 1e9, production: true });
    const fairQueue = createFairQueue(budget);
    const reading = createReading({ isDirect: true, cpuTime: budget, fairQueue, areWaiting: () => false });
    const server = createServer((_, response) => response.end('x'.repeat(4_000_000)));
    server.on('connection', (socket) => {
      look(socket);
      reading.take(socket, IP);
    });
    server.listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  // Reading takes this listener over. If this fails, look how the new version passes bytes to its parser.
  test('parses with one listener for data, which it adds before anybody learns of the connection', async () => {
    let listeners = -1;
    const port = await serve((socket) => {
      listeners = socket.listenerCount('data');
    });
    const sent = request({ port, host: '127.0.0.1', method: 'POST' });
    sent.end('x'.repeat(100_000));
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    await once(response, 'end');
    expect(listeners).toBe(1);
  });

  // `writableNeedDrain` stands for "Node.js may have paused its parser". If this fails, a parser that is paused gets bytes.
  test('pauses its parser only while answers are unread', async () => {
    const states: { isPaused: boolean; needsDrain: boolean }[] = [];
    let socketOfServer: Socket | undefined;
    const port = await serve((socket) => {
      socketOfServer = socket;
      const pause = socket.pause.bind(socket);
      socket.pause = () => {
        states.push({ isPaused: isParserPaused(socket), needsDrain: socket.writableNeedDrain });
        return pause();
      };
    });
    const client = connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10));
    await expect.poll(() => socketOfServer && isParserPaused(socketOfServer)).toBe(true);
    expect(states.filter(({ isPaused }) => isPaused)).not.toEqual([]);
    expect(states.filter(({ isPaused, needsDrain }) => isPaused && !needsDrain)).toEqual([]);
  });
});
