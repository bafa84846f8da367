import type { ServerResponse } from 'node:http';
import { closeGradually } from '../http/close-gradually.js';

/** The event streams that clients read. */
export interface OpenStreams {
  /**
   * Adds a response, which may become a stream, until it is closed.
   *
   * @returns whether streams may still open. The instance has sent the others away otherwise.
   */
  add(response: ServerResponse): boolean;
  /** Ends all streams over this time. Their operations have not completed, so the clients connect again. */
  close(overMs: number): Promise<void>;
}

/** The last chunk of a body (RFC 9112, 7.1). */
const LAST_CHUNK = '0\r\n\r\n';

export function createOpenStreams(): OpenStreams {
  const responses = new Set<ServerResponse>();
  let isClosed = false;
  // Through Yoga, a stream ends only with the event `complete`. So its body is completed here, and its connection is ended.
  const end = ({ socket, chunkedEncoding }: ServerResponse) => void socket?.end(chunkedEncoding ? LAST_CHUNK : '');
  return {
    add(response) {
      if (isClosed) return false;
      responses.add(response);
      response.once('close', () => responses.delete(response));
      return true;
    },
    async close(overMs) {
      await closeGradually(() => [...responses].filter(isStream), end, overMs);
      isClosed = true;
    },
  };
}

const isStream = (response: ServerResponse) =>
  response.headersSent && String(response.getHeader('content-type')).startsWith('text/event-stream');
