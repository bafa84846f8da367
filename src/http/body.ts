import type { IncomingMessage } from 'node:http';

/** A body of this number of bytes may come in one more piece. Honest clients and proxies send more bytes at once. */
const BYTES_PER_PIECE = 64;
const FREE_PIECES = 500;
const FIRST_BYTES = 1024;

/**
 * The body as text; undefined when it is longer than `limit` bytes. What is sent after that is discarded, so that the
 * sender receives the answer. The memory for it grows with what has arrived, whatever length the sender announced.
 *
 * @throws Error when the client disconnects before the end of the body, or sends it in pieces of a few bytes. Then the
 *   connection is closed.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    let length = 0;
    let pieces = 0;
    const take = (piece: Buffer) => {
      pieces += 1;
      if (pieces > FREE_PIECES + (length + piece.length) / BYTES_PER_PIECE) return void request.destroy();
      const end = length + piece.length;
      if (end <= limit) {
        if (end > bytes.length) bytes = grown(bytes, { end, limit });
        piece.copy(bytes, length);
      } else bytes = Buffer.alloc(0);
      length = end;
    };
    const leave = () => {
      if (!request.complete) reject(new Error('The client disconnected before the end of the body'));
    };
    request.on('data', take).once('error', reject).once('close', leave);
    request.once('end', () => {
      // Listeners would keep the body as long as the request, which a stream keeps until it ends.
      request.off('data', take).off('error', reject).off('close', leave);
      resolve(length > limit ? undefined : bytes.toString('utf8', 0, length));
    });
  });
}

/** A copy with room for `end` bytes, and for as many again, so that the bytes of a body are copied twice on average. */
function grown(bytes: Buffer, { end, limit }: { end: number; limit: number }): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(end, bytes.length * 2, FIRST_BYTES)));
  bytes.copy(larger);
  return larger;
}
