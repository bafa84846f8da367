// The attackers, in a process of their own: sockets that send as fast as they are taken and mostly do not read, and
// streams. Each opens again a second after it was closed or refused.
import { type Socket, connect } from 'node:net';
import { PING_FRAME, PING_MESSAGE, clientFrame, upgradeRequest } from '../../test/support/hostile.js';

interface Attack {
  port: number;
  /** The IP addresses of the attackers, with the number of connections of each. */
  networks: { ip: string; connections: number; attempt: { attemptId: string; secret: string } }[];
}

const QUERY =
  'subscription ($attemptId: ID!, $secret: String!) { loginAttemptStatus(attemptId: $attemptId, secret: $secret) { status } }';
/** As large as a message may be, of values that take twenty times their size in memory. */
const INIT = clientFrame(`{"type":"connection_init","payload":{"x":[${'{},'.repeat(2_700)}{}]}}`);
const AGAIN_AFTER_MS = 1_000;
const WRITE_EVERY_MS = 50;

let open = 0;

process.on('message', ({ port, networks }: Attack) => {
  for (const { ip, connections, attempt } of networks) {
    const subscribe = clientFrame(
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: attempt } }),
    );
    const frames = [PING_MESSAGE, PING_FRAME, subscribe].map((frame) =>
      Buffer.concat(Array.from({ length: Math.ceil(16_384 / frame.length) }, () => frame)),
    );
    const url = `/graphql?query=${encodeURIComponent(QUERY)}&variables=${encodeURIComponent(JSON.stringify(attempt))}`;
    const stream = `GET ${url} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nX-Forwarded-For: ${ip}\r\n\r\n`;
    for (let index = 0; index < connections; index += 1)
      setTimeout(
        () =>
          keepOpen({
            port,
            first: index % 4 === 0 ? stream : upgradeRequest({ port, ip }),
            frames: frames[index % 3],
            reads: index % 2 === 0,
          }),
        Math.random() * 3_000,
      );
  }
});

function keepOpen(attacker: { port: number; first: string; frames: Buffer | undefined; reads: boolean }): void {
  const { port, first, frames, reads } = attacker;
  const socket: Socket = connect(port, '127.0.0.1', () => socket.write(first));
  let writing: NodeJS.Timeout | undefined;
  open += 1;
  socket.on('error', () => {});
  socket.once('close', () => {
    open -= 1;
    clearInterval(writing);
    setTimeout(() => keepOpen(attacker), AGAIN_AFTER_MS);
  });
  socket.once('data', (answer: Buffer) => {
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer.toString('latin1'))?.[1];
    if (status !== '101' && status !== '200') return socket.destroy();
    if (!reads) socket.pause();
    else socket.resume();
    if (status !== '101' || !frames) return;
    socket.write(INIT);
    writing = setInterval(() => socket.writableLength < 65_536 && socket.write(frames), WRITE_EVERY_MS);
  });
}

setInterval(() => process.send?.({ open }), 1_000);
