import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../db/database.js';
import type { Log } from '../../../log.js';
import { isFailed } from '../http.js';
import type { GreenApi } from './client.js';

/**
 * Whether the instance may send: `authorized`, another of Green API's words, or nothing while nobody knows. Anything but
 * `authorized` keeps messages in its queue for 24 hours and sends them then.
 */
export interface InstanceState {
  /** Never rejects: without a database nobody knows. */
  current(): Promise<string | undefined>;
  /** What a webhook told. */
  saveState(state: string): Promise<void>;
}

/** What is known is believed for so long; the question may be put once a second overall (Green API's limit is the same). */
const FRESH_MS = 1_000;

/** The state as far as it is known, and whether it falls to us to ask again: of all instances, one a second. */
const TAKE_TURN = {
  name: 'take_turn_to_ask_provider_state',
  text: `
    WITH turn AS (
      INSERT INTO provider_accounts AS p (account, status_requested_at) VALUES ($1, now())
      ON CONFLICT (account) DO UPDATE SET status_requested_at = now()
      WHERE p.status_requested_at IS NULL OR p.status_requested_at <= now() - interval '1 second'
      RETURNING account
    )
    SELECT p.state, coalesce(p.state_at >= p.status_requested_at, false) AS answered, EXISTS (SELECT FROM turn) AS ours
    FROM (SELECT) always LEFT JOIN provider_accounts p ON p.account = $1`,
};

const READ_STATE = {
  name: 'read_provider_state',
  text: 'SELECT state, coalesce(state_at >= status_requested_at, false) AS answered FROM provider_accounts WHERE account = $1',
};

interface StateRow {
  state: string | null;
  /** Since somebody last set out to ask. */
  answered: boolean;
}

/** Whoever has not the turn waits for the answer of the one who has, so long and so often. */
const WAIT_MS = 2_000;
const WAIT_STEP_MS = 100;

const LEARN = {
  name: 'learn_provider_state',
  text: `
    WITH known AS (SELECT state FROM provider_accounts WHERE account = $1)
    INSERT INTO provider_accounts (account, state, state_at) VALUES ($1, $2, now())
    ON CONFLICT (account) DO UPDATE SET state = $2, state_at = now()
    RETURNING (SELECT state FROM known) AS before`,
};

export function accountOf(idInstance: string): string {
  return `green-api ${idInstance}`;
}

export function createInstanceState(greenApi: GreenApi, database: Database, log: Log): InstanceState {
  const account = accountOf(greenApi.idInstance);
  let known: { state: string | undefined; at: number } | undefined;
  let asking: Promise<string | undefined> | undefined;

  async function saveState(state: string): Promise<void> {
    known = { state, at: Date.now() };
    const [row] = await database.query<{ before: string | null }>(LEARN, [account, state]);
    if (row?.before === state) return;
    log[state === 'authorized' ? 'info' : 'error']({ event: 'green_api.state', state, before: row?.before });
  }

  async function find(): Promise<string | undefined> {
    const [row] = await database.query<StateRow & { ours: boolean }>(TAKE_TURN, [account]);
    let state = row?.state ?? undefined;
    if (row && !row.ours && !row.answered) state = (await answerOfAnother()) ?? state;
    if (row?.ours) {
      const answer = await greenApi.stateInstance();
      if (isFailed(answer)) {
        log.warn({ event: 'green_api.state_unknown', failure: answer.failure, detail: answer.detail });
      } else {
        state = answer.state;
        await saveState(state);
      }
    }
    if (state !== undefined) known = { state, at: Date.now() };
    return state;
  }

  async function answerOfAnother(): Promise<string | undefined> {
    for (const until = Date.now() + WAIT_MS; Date.now() < until; await sleep(WAIT_STEP_MS)) {
      const [row] = await database.query<StateRow>(READ_STATE, [account]);
      if (row?.answered) return row.state ?? undefined;
    }
    return undefined;
  }

  return {
    saveState,
    async current() {
      if (known && Date.now() - known.at < FRESH_MS) return known.state;
      asking ??= find()
        .catch(() => undefined)
        .finally(() => (asking = undefined));
      return asking;
    },
  };
}
