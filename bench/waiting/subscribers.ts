// The subscribers, in their own process: `ws` sockets that use only the part of the protocol that they need.
import { WebSocket } from 'ws';

export interface ConnectCommand {
  url: string;
  protocol: string | undefined;
  /** Sent first, and answered. */
  greeting: string | undefined;
  sockets: { ids: string[]; subscribe: string[] }[];
}

/** A server has about 28,000 ports for the connections of one address, so there is one address for each 20,000 sockets. */
const SOCKETS_PER_ADDRESS = 20_000;
const AT_ONCE = 100;

process.on('message', (command: ConnectCommand) => void connectAll(command));

async function connectAll(command: ConnectCommand): Promise<void> {
  const { sockets } = command;
  for (let from = 0; from < sockets.length; from += AT_ONCE) {
    await Promise.all(
      sockets.slice(from, from + AT_ONCE).map((socket, index) => {
        const localAddress = `127.0.0.${1 + Math.floor((from + index) / SOCKETS_PER_ADDRESS)}`;
        return subscribe({ ...command, localAddress }, socket);
      }),
    );
  }
  process.send?.('connected');
}

/** Resolves when each subscription has received PENDING. Sends the time to the parent process when one receives COMPLETED. */
function subscribe(
  { url, protocol, greeting, localAddress }: Omit<ConnectCommand, 'sockets'> & { localAddress: string },
  { ids, subscribe: messages }: ConnectCommand['sockets'][number],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocol ? [protocol] : [], { perMessageDeflate: false, localAddress });
    const sendAll = () => {
      for (const message of messages) socket.send(message);
    };
    let pending = 0;
    socket.on('open', () => (greeting === undefined ? sendAll() : socket.send(greeting)));
    socket.on('error', reject);
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text.includes('COMPLETED')) {
        const at = now(); // before the message is searched
        process.send?.({ id: ids.find((id) => text.includes(id)), at });
      } else if (text.includes('PENDING')) {
        if ((pending += 1) === messages.length) resolve();
      } else if (text.includes('connection_ack')) sendAll();
      else if (text.includes('rror')) reject(new Error(text));
    });
  });
}

/** Milliseconds of a clock that all processes of the machine share. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
