import diagnostics from 'node:diagnostics_channel';
import pg from 'pg';
import { realTimers } from './process-clock.js';

/** The fields of a client that say whether it works. The driver has no public ones. */
interface ClientState {
  _connecting: boolean;
  _connected: boolean;
  _activeQuery: unknown;
  _queryQueue: unknown[];
  _ending: boolean;
}

/** Looks again after this time, in case that an event was missed. */
const RECHECK_MS = 50;
/** Turns of the event loop without any work, after which nothing more comes. */
const CALM_TURNS = 4;

/** Marks the requests of people and attackers. The providers' webhooks are counted where they are sent. */
const isFromOutside = ({ headers }: { headers: Record<string, unknown> }) => 'x-forwarded-for' in headers;

/**
 * Knows whether this process waits for an answer of PostgreSQL or of a server in this process. A request that waits for the
 * simulated time counts as settled, as long as no part of it is on the way.
 */
export function watchWork(): { settle(): Promise<void>; sent(): void; received(): void } {
  const clients = new Set<ClientState>();
  const requests = { outgoing: 0, sent: 0, started: 0, finished: 0, received: 0 };
  let encryptions = 0;
  let wake: (() => void) | undefined;
  const changed = () => {
    wake?.();
    wake = undefined;
  };
  const on = (name: string, act: (message: never) => void) =>
    diagnostics.subscribe(name, (message) => {
      act(message as never);
      changed();
    });

  const { connect } = pg.Client.prototype;
  const prototype = pg.Client.prototype as unknown as Record<string, (...values: unknown[]) => unknown>;
  pg.Client.prototype.connect = function (this: pg.Client, ...values: never[]) {
    clients.add(this as unknown as ClientState);
    this.once('end', () => clients.delete(this as unknown as ClientState));
    return connect.apply(this, values as never);
  } as typeof connect;
  const ready = prototype['_handleReadyForQuery'] as (...values: unknown[]) => unknown;
  prototype['_handleReadyForQuery'] = function (this: unknown, ...values) {
    realTimers.setImmediate(changed);
    return ready.apply(this, values);
  };

  // Web Crypto computes in other threads. The captchas and the tokens use it.
  const subtle = SubtleCrypto.prototype as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
  for (const name of Object.getOwnPropertyNames(subtle)) {
    const compute = Object.getOwnPropertyDescriptor(subtle, name)?.value as (typeof subtle)[string] | undefined;
    if (!compute || name === 'constructor') continue;
    subtle[name] = async function (this: unknown, ...values) {
      encryptions += 1;
      try {
        return await compute.apply(this, values);
      } finally {
        encryptions -= 1;
        changed();
      }
    };
  }

  on('undici:request:create', () => (requests.outgoing += 1));
  on('undici:request:trailers', () => (requests.outgoing -= 1));
  on('undici:request:error', () => (requests.outgoing -= 1));
  on('http.server.request.start', ({ request }: { request: { headers: Record<string, unknown> } }) => {
    if (isFromOutside(request)) requests.started += 1;
  });
  on('http.server.response.finish', ({ request }: { request: { headers: Record<string, unknown> } }) => {
    if (isFromOutside(request)) requests.finished += 1;
  });

  function isBusy(): boolean {
    const { outgoing, sent, started, finished, received } = requests;
    if (encryptions > 0 || outgoing > 0 || sent > started || finished > received) return true;
    for (const { _connecting, _connected, _activeQuery, _queryQueue, _ending } of clients)
      if (!_ending && ((_connecting && !_connected) || _activeQuery || _queryQueue.length > 0)) return true;
    return false;
  }

  return {
    sent: () => (requests.sent += 1),
    received() {
      requests.received += 1;
      changed();
    },
    async settle() {
      for (let calm = 0; calm < CALM_TURNS;) {
        await new Promise<void>((resolve) => realTimers.setImmediate(resolve));
        if (!isBusy()) {
          calm += 1;
          continue;
        }
        calm = 0;
        await new Promise<void>((resolve) => {
          wake = resolve;
          realTimers.setTimeout(resolve, RECHECK_MS).unref();
        });
      }
    },
  };
}
