import type { ServerResponse } from 'node:http';
import type { Outbox, SentMessage } from '../../delivery/send/outbox.js';
import type { PhoneMessage } from '../../web/dev-phone/settings.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';
import { phoneOfHidden } from './dev-phone-send.js';

/** Proxies and browsers give up connections that are silent. */
const HEARTBEAT_MS = 15_000;
/** More than all the tabs that anybody looks at. */
const STREAMS = 50;

/** What was sent, each as an event of Server-Sent Events; then the event `ready`; then what is sent, as it is. */
export function createMessageStream(outbox: Outbox): { handler: Handler; end(): void } {
  const streams = new Set<ServerResponse>();
  let ended = false;

  return {
    handler({ method }, response) {
      if (method !== 'GET') return respondJson(response, 405, { error: 'METHOD_NOT_ALLOWED' }, { allow: 'GET' });
      if (ended) return respondJson(response, 503, { error: 'UNAVAILABLE' });
      if (streams.size >= STREAMS) return respondJson(response, 429, { error: 'TOO_MANY_STREAMS' });
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
      const tell = (message: SentMessage) => response.write(`data: ${JSON.stringify(shown(message))}\n\n`);
      for (const message of outbox.messages()) tell(message);
      response.write('event: ready\ndata: {}\n\n');
      streams.add(response);
      const stop = outbox.subscribe(tell);
      const heartbeat = setInterval(() => {
        // Who has not read what came before is no longer there.
        if (response.writableNeedDrain) response.destroy();
        else response.write(':\n\n');
      }, HEARTBEAT_MS);
      response.once('close', () => {
        clearInterval(heartbeat);
        stop();
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
