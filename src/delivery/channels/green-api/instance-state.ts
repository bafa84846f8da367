import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../db/database.js';
import { statement } from '../../../db/statement.js';
import { bool, nullable, text } from '../../../db/types.js';
import type { Log } from '../../../log.js';
import type { ChannelName } from '../channel.js';
import { isFailed } from '../http.js';
import type { GreenApi } from './client.js';

/**
 * Whether the instance may send: `authorized`, or another state of Green API. In every other state the instance keeps
 * messages in its queue for up to 24 hours and sends them later. See docs/decisions/0014.
 */
export interface InstanceState {
  /** Undefined while the state is unknown. Never rejects: without a database the state is unknown. */
  current(): Promise<string | undefined>;
  /** Saves a state that a webhook reported. */
  saveState(state: string): Promise<void>;
}

/** The same, for readers that must not wait or cause many requests. */
export interface RecentInstanceState extends InstanceState {
  /** The latest state that this process knows, which may be some seconds old. Never rejects, and takes a second at most. */
  recent(): Promise<string | undefined>;
}

/** How long a known state is used. All gateways together send one request a second, which is also Green API's limit. */
const FRESH_MS = 1_000;

/** How old a recent state may be, and how long a reader waits for a newer one. */
const RECENT_MS = 5_000;
const RECENT_WAIT_MS = 1_000;

/**
 * Reads the saved state. Of all gateways that run this at the same time, one each second takes the turn to ask Green
 * API.
 */
const TAKE_TURN = statement({
  name: 'delivery/take_turn_to_request_state',
  sql: `
    WITH turn AS (
      INSERT INTO provider_accounts AS saved (account, status_requested_at) VALUES (:account, now())
      ON CONFLICT (account) DO UPDATE SET status_requested_at = now()
      WHERE saved.status_requested_at IS NULL OR saved.status_requested_at <= now() - interval '1 second'
      RETURNING account
    )
    SELECT saved.state, coalesce(saved.state_at >= saved.status_requested_at, false) AS answered,
           EXISTS (SELECT FROM turn) AS has_turn
    FROM (SELECT :account AS account) requested LEFT JOIN provider_accounts saved USING (account)`,
  parameters: { account: text },
  columns: { state: nullable(text), answered: bool, has_turn: bool },
});

/** Saves a state with the database's time, because TAKE_TURN compares it with the time of the latest request. */
const SAVE_STATE = statement({
  name: 'delivery/save_instance_state',
  sql: `
    WITH saved AS (SELECT state FROM provider_accounts WHERE account = :account)
    INSERT INTO provider_accounts (account, state, state_at) VALUES (:account, :state, now())
    ON CONFLICT (account) DO UPDATE SET state = :state, state_at = now()
    RETURNING (SELECT state FROM saved) AS previous_state`,
  parameters: { account: text, state: text },
  columns: { previous_state: nullable(text) },
});

/** For how long, and how often, a gateway without the turn polls the database for the answer of another gateway. */
const POLL_TIMEOUT_MS = 2_000;
const POLL_INTERVAL_MS = 100;

/** The key of an instance's row in `provider_accounts`. */
export function accountOf(idInstance: string): string {
  return `green-api ${idInstance}`;
}

export function createInstanceState(deps: {
  greenApi: GreenApi;
  /** The channel that sends by the instance. Default: WhatsApp's. */
  channel?: ChannelName;
  database: Database;
  /** Makes the next channel take over the messages that wait in the queue of the account. */
  releaseQueued(input: { channel: ChannelName; detail: string }): Promise<unknown>;
  log: Log;
}): RecentInstanceState {
  const { greenApi, channel = 'green-api', database, releaseQueued, log } = deps;
  const account = accountOf(greenApi.idInstance);
  let known: { state: string | undefined; at: number } | undefined;
  let request: Promise<string | undefined> | undefined;

  async function saveState(state: string): Promise<void> {
    known = { state, at: Date.now() };
    const [row] = await database.query(SAVE_STATE, { account, state });
    // Each time, because another gateway may have sent a code while it did not know the state yet.
    if (state !== 'authorized') await releaseQueued({ channel, detail: `instance ${state}` });
    if (row?.previous_state === state) return;
    log[state === 'authorized' ? 'info' : 'error']({
      event: 'green_api.state',
      channel,
      state,
      before: row?.previous_state,
    });
  }

  async function requestState(): Promise<string | undefined> {
    const [row] = await database.query(TAKE_TURN, { account });
    let state = row?.state ?? undefined;
    if (row && !row.has_turn && !row.answered) state = (await pollForAnswer()) ?? state;
    if (row?.has_turn) {
      const answer = await greenApi.stateInstance();
      if (isFailed(answer)) {
        log.warn({ event: 'green_api.state_unknown', channel, failure: answer.failure, detail: answer.detail });
      } else {
        state = answer.state;
        await saveState(state);
      }
    }
    // An unknown state too: while Green API is down, users must not wait for each answer.
    known = { state, at: Date.now() };
    return state;
  }

  async function pollForAnswer(): Promise<string | undefined> {
    for (const until = Date.now() + POLL_TIMEOUT_MS; Date.now() < until; await sleep(POLL_INTERVAL_MS)) {
      const saved = await database.prisma.providerAccount.findUnique({ where: { account } });
      const { state, stateAt, statusRequestedAt } = saved ?? {};
      // The state was saved after the latest request for it, so another gateway has the answer.
      if (state && stateAt && statusRequestedAt && stateAt >= statusRequestedAt) return state;
    }
    return undefined;
  }

  async function current(): Promise<string | undefined> {
    if (known && Date.now() - known.at < FRESH_MS) return known.state;
    request ??= requestState()
      .catch(() => undefined)
      .finally(() => (request = undefined));
    return request;
  }

  return {
    saveState,
    current,
    async recent() {
      if (!known || Date.now() - known.at >= RECENT_MS)
        await Promise.race([current(), sleep(RECENT_WAIT_MS, undefined, { ref: false })]);
      return known?.state;
    },
  };
}
