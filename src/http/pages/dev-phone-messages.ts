import type { ServerResponse } from 'node:http';
import type { Outbox, SentMessage } from '../../delivery/send/outbox.js';
import type { PhoneMessage } from '../../web/dev-phone/settings.js';
import { refuseMethod, respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { STREAM_HEADERS } from '../stream-headers.js';
import { phoneOfHidden } from './hidden-sender.js';

/** Proxies and browsers close a connection that is silent for too long. */
const HEARTBEAT_MS = 15_000;
/** More than a developer has tabs open. */
const MAX_STREAMS = 50;

/** Server-Sent Events: one for each message sent so far, then the event `ready`, then one for each new message. */
export function createMessageStream(outbox: Outbox): { handler: Handler; end(): void } {
  const streams = new Set<ServerResponse>();
  let ended = false;

  return {
    handler({ method }, response) {
      if (method !== 'GET') return refuseMethod(response, 'GET');
      if (ended) return respondJson(response, 503, { error: 'UNAVAILABLE' });
      if (streams.size >= MAX_STREAMS) return respondJson(response, 429, { error: 'TOO_MANY_STREAMS' });
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...STREAM_HEADERS });
      const write = (message: SentMessage) => response.write(`data: ${JSON.stringify(shown(message))}\n\n`);
      for (const message of outbox.messages()) write(message);
      response.write('event: ready\ndata: {}\n\n');
      streams.add(response);
      const unsubscribe = outbox.subscribe(write);
      const heartbeat = setInterval(() => {
        // A client that has not read earlier events by now has gone.
        if (response.writableNeedDrain) response.destroy();
        else response.write(':\n\n');
      }, HEARTBEAT_MS);
      response.once('close', () => {
        clearInterval(heartbeat);
        unsubscribe();
        streams.delete(response);
      });
    },
    end() {
      ended = true;
      for (const response of streams) response.end();
    },
  };
}

function shown({ phone, at, ...message }: SentMessage): PhoneMessage {
  return { ...message, phone: phoneOfHidden(phone) ?? phone, at: at.toISOString() };
}
