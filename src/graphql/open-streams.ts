import type { ServerResponse } from 'node:http';

/** The event streams that clients read. */
export interface OpenStreams {
  /** Adds a response, which may become a stream, until it is closed. */
  add(response: ServerResponse): void;
  open(): Iterable<ServerResponse>;
  /** Ends a stream. Its operation has not completed, so the client connects again. */
  end(response: ServerResponse): void;
}

/** The last chunk of a body (RFC 9112, 7.1). */
const LAST_CHUNK = '0\r\n\r\n';

export function createOpenStreams(): OpenStreams {
  const responses = new Set<ServerResponse>();
  return {
    add(response) {
      responses.add(response);
      response.once('close', () => responses.delete(response));
    },
    open: () => [...responses].filter(isStream),
    // Through Yoga, a stream ends only with the event `complete`. So its body is completed here, and its connection is ended.
    end: ({ socket, chunkedEncoding }) => void socket?.end(chunkedEncoding ? LAST_CHUNK : ''),
  };
}

const isStream = (response: ServerResponse) =>
  response.headersSent && String(response.getHeader('content-type')).startsWith('text/event-stream');
