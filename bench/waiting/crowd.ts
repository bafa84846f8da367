// The people who wait, in a process of their own: `ws` sockets that speak as much of the protocol as they need.
import { WebSocket } from 'ws';

interface Order {
  url: string;
  protocol: string | undefined;
  /** Sent in this order: the first at once, the others after each answer. */
  people: { id: string; path: string; messages: string[] }[];
}

const sockets: WebSocket[] = [];

process.on('message', (order: Order | 'leave') => {
  if (order === 'leave') {
    for (const socket of sockets.splice(0)) socket.terminate();
    process.send?.('left');
    return;
  }
  void gather(order);
});

const AT_ONCE = 100;

async function gather({ url, protocol, people }: Order): Promise<void> {
  for (let from = 0; from < people.length; from += AT_ONCE) {
    await Promise.all(people.slice(from, from + AT_ONCE).map((person) => wait(url, protocol, person)));
  }
  process.send?.('gathered');
}

/** Resolves when the person has been told PENDING. Later, COMPLETED is reported with the time it came. */
function wait(
  url: string,
  protocol: string | undefined,
  { id, path, messages }: Order['people'][number],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}${path}`, protocol ? [protocol] : [], { perMessageDeflate: false });
    sockets.push(socket);
    let sent = 0;
    socket.on('open', () => {
      if (messages[0]) socket.send(messages[sent++] as string);
    });
    socket.on('error', reject);
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text.includes('COMPLETED')) process.send?.({ id, at: now() });
      else if (text.includes('PENDING')) resolve();
      else if (text.includes('rror')) reject(new Error(text));
      else if (sent < messages.length) socket.send(messages[sent++] as string);
    });
  });
}

/** Milliseconds on the clock that all processes of the machine share. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
