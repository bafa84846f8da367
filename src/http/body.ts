import type { IncomingMessage } from 'node:http';

/**
 * The whole body as text, or nothing when it is longer than `limit` bytes. What is too long is read to its end and
 * dropped, so that the answer reaches the sender.
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
      if (!request.complete) reject(new Error('The client left before it had said all'));
    });
  });
}
