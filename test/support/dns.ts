import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A DNS server that knows one name, like that of Docker. */
export interface Dns {
  port: number;
  /** The IPv4 addresses that every question is answered with. */
  addresses: string[];
  close(): void;
}

const HEADER_BYTES = 12;
/** Docker's own. A resolver that obeys it would not ask again in a test. */
const TTL_SECONDS = 600;

export async function startDns(addresses: string[]): Promise<Dns> {
  const socket = createSocket('udp4');
  const dns: Dns = { port: 0, addresses, close: () => socket.close() };
  socket.on('message', (query, { port, address }) => {
    const question = query.subarray(HEADER_BYTES, query.indexOf(0, HEADER_BYTES) + 5);
    const header = Buffer.from(query.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180, 2); // an answer without an error
    header.writeUInt16BE(dns.addresses.length, 6);
    header.fill(0, 8);
    const answers = dns.addresses.map((ip) => {
      const record = Buffer.alloc(16);
      record.writeUInt16BE(0xc000 + HEADER_BYTES, 0); // the name of the question
      record.writeUInt16BE(1, 2); // A
      record.writeUInt16BE(1, 4); // IN
      record.writeUInt32BE(TTL_SECONDS, 6);
      record.writeUInt16BE(4, 10);
      record.set(ip.split('.').map(Number), 12);
      return record;
    });
    socket.send(Buffer.concat([header, question, ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  dns.port = socket.address().port;
  return dns;
}
