// The subscribers, in their own process: `ws` sockets that use only the part of the protocol that they need.
import { WebSocket } from 'ws';

interface ConnectCommand {
  url: string;
  protocol: string | undefined;
  /** `messages` are sent in order: the first one at once, each further one after an answer. */
  subscribers: { id: string; path: string; messages: string[] }[];
}

const sockets: WebSocket[] = [];

process.on('message', (command: ConnectCommand | 'disconnect') => {
  if (command === 'disconnect') {
    for (const socket of sockets.splice(0)) socket.terminate();
    process.send?.('disconnected');
    return;
  }
  void connectAll(command);
});

const AT_ONCE = 100;

async function connectAll({ url, protocol, subscribers }: ConnectCommand): Promise<void> {
  for (let from = 0; from < subscribers.length; from += AT_ONCE) {
    await Promise.all(
      subscribers.slice(from, from + AT_ONCE).map((subscriber) => subscribe({ url, protocol }, subscriber)),
    );
  }
  process.send?.('connected');
}

/** Resolves when the subscriber has received PENDING. Sends the time to the parent process when it receives COMPLETED. */
function subscribe(
  { url, protocol }: Pick<ConnectCommand, 'url' | 'protocol'>,
  { id, path, messages }: ConnectCommand['subscribers'][number],
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

/** Milliseconds of a clock that all processes of the machine share. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
