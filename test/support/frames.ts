import { WebSocket } from 'ws';

/** One message of graphql-transport-ws. */
export interface Frame {
  type: string;
  id?: string;
  payload?: unknown;
}

/** A socket on which a test speaks graphql-transport-ws by hand. */
export interface FrameSocket {
  socket: WebSocket;
  /** Everything received so far. */
  received: Frame[];
  /** Sends a message as JSON, or a text unchanged. */
  send(frame: Frame | string): void;
  /** Waits for `count` messages for which `fits` is true. Earlier messages count too. */
  until(fits: (frame: Frame) => boolean, count?: number): Promise<Frame[]>;
  /** How the socket was closed. */
  closed: Promise<{ code: number; reason: string }>;
}

const WAIT_MS = 10_000;

/** Connects; rejects with `status` when the upgrade is refused. */
export async function openFrames(
  socketUrl: string,
  {
    protocol = 'graphql-transport-ws',
    headers = {},
    init = true,
  }: { protocol?: string; headers?: Record<string, string>; init?: boolean } = {},
): Promise<FrameSocket> {
  const socket = new WebSocket(socketUrl, protocol, { headers });
  const received: Frame[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  socket.on('message', (data) => void received.push(JSON.parse((data as Buffer).toString()) as Frame));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      reject(Object.assign(new Error('refused'), { status: response.statusCode }));
    });
  });
  socket.on('error', () => {}); // `close` follows
  const send = (frame: Frame | string) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const until = (fits: (frame: Frame) => boolean, count = 1) =>
    new Promise<Frame[]>((resolve, reject) => {
      const look = () => {
        const found = received.filter(fits);
        if (found.length < count) return;
        stop();
        resolve(found);
      };
      const stop = () => {
        clearTimeout(timer);
        socket.off('message', look);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`Waited in vain; received ${JSON.stringify(received)}`));
      }, WAIT_MS);
      socket.on('message', look);
      look();
    });
  if (init) {
    send({ type: 'connection_init' });
    await until(({ type }) => type === 'connection_ack');
  }
  return { socket, received, send, until, closed };
}

/** The status with which an upgrade is refused; 101 when it is accepted. */
export async function upgradeStatus(...connecting: Parameters<typeof openFrames>): Promise<number> {
  try {
    const { socket } = await openFrames(...connecting);
    socket.terminate();
    return 101;
  } catch (error) {
    return (error as { status: number }).status;
  }
}

export const WATCH_ATTEMPT = `subscription ($attemptId: ID!, $secret: String!) {
  loginAttemptStatus(attemptId: $attemptId, secret: $secret) { status failureReason confirmationNumber }
}`;

/** The message with which a client starts to watch an attempt. */
export function subscribeTo({ attemptId, secret }: { attemptId: string; secret: string }, id = '1'): Frame {
  return { type: 'subscribe', id, payload: { query: WATCH_ATTEMPT, variables: { attemptId, secret } } };
}
