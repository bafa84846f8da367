import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import { createOpenStreams } from './open-streams.js';

function stream() {
  const end = vi.fn<(text: string) => void>();
  const response = Object.assign(new EventEmitter(), {
    headersSent: true,
    chunkedEncoding: true,
    socket: { end },
    getHeader: () => 'text/event-stream',
  });
  return { response: response as unknown as ServerResponse, end };
}

test('the streams that are open end with their last chunk, and later ones are refused', async () => {
  const streams = createOpenStreams();
  const [first, second, late] = [stream(), stream(), stream()];
  expect(streams.add(first.response)).toBe(true);
  expect(streams.add(second.response)).toBe(true);
  first.response.emit('close');
  await streams.close(0);
  expect(first.end).not.toHaveBeenCalled();
  expect(second.end).toHaveBeenCalledWith('0\r\n\r\n');
  expect(streams.add(late.response)).toBe(false);
});
