import { type Socket, connect } from 'node:net';

/** A frame of a WebSocket client, with a mask of zeros (RFC 6455, 5.2). `text` has less than 65,536 bytes. */
export function clientFrame(text: string, opcode = 0x1): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
}

export const PING_MESSAGE = clientFrame('{"type":"ping"}');
/** The ping of the WebSocket protocol itself. */
export const PING_FRAME = clientFrame('0123456789', 0x9);
/** A frame that needs no answer. */
export const PONG_FRAME = clientFrame('', 0xa);

export function upgradeRequest({ port, ip }: { port: number; ip: string }): string {
  return [
    'GET /graphql HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    `X-Forwarded-For: ${ip}`,
    '\r\n',
  ].join('\r\n');
}

/**
 * A client that speaks WebSocket by hand. Unless `reads`, it reads nothing after the handshake, so that the gateway's
 * answers wait. A proxy's header names its address.
 */
export function openHostile({
  port,
  ip,
  reads = false,
}: {
  port: number;
  ip: string;
  reads?: boolean;
}): Promise<HostileSocket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let isClosed = false;
    socket.once('close', () => (isClosed = true));
    socket.on('error', () => {});
    socket.once('connect', () => socket.write(upgradeRequest({ port, ip })));
    const answered = (status: number) =>
      resolve({
        status,
        socket,
        isClosed: () => isClosed,
        send(bytes, frame) {
          const frames = repeated(frame);
          for (let sent = 0; sent < bytes && !socket.destroyed; sent += frames.length) socket.write(frames);
        },
      });
    socket.once('data', (data: Buffer) => {
      if (reads) socket.resume();
      else socket.pause();
      socket.write(clientFrame('{"type":"connection_init"}'));
      answered(Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]));
    });
    socket.once('close', () => answered(0));
  });
}

const blocks = new Map<Buffer, Buffer>();

/** 64 KB of the same frame. Made once, so that an attack costs the test itself little time. */
function repeated(frame: Buffer): Buffer {
  let block = blocks.get(frame);
  if (!block) {
    block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / frame.length) }, () => frame));
    blocks.set(frame, block);
  }
  return block;
}

export interface HostileSocket {
  /** The status of the answer to the upgrade request; 0 if there was none. */
  status: number;
  socket: Socket;
  isClosed: () => boolean;
  /** Writes the same frame again and again, at least `bytes` bytes. */
  send(bytes: number, frame: Buffer): void;
}
