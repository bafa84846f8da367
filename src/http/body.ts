import type { IncomingMessage } from 'node:http';

/**
 * The body as text; undefined when it is longer than `limit` bytes. A body that is too long is read to its end and
 * discarded, so that the sender receives the answer.
 *
 * @throws Error when the client disconnects before the end of the body
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once('end', () => resolve(length > limit ? undefined : Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('The client disconnected before the end of the body'));
    });
  });
}
