import { v7 as uuidv7 } from 'uuid';
import { hasWhatsAppLogin } from '../../config/sign-in-methods.js';
import { ASYNC_COMMIT } from '../../db/async-commit.js';
import { fromOuterJoin } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bool, bytea, int4, nullable, text, timestamptz, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import { limitedNetworks, networkOf } from '../../guard/networks/networks-of.js';
import { budgetsOfStart } from '../../guard/budgets/counted-budgets.js';
import { RateLimited } from '../../guard/errors.js';
import { CONCURRENT_RETRY_SECONDS } from '../../guard/limits.js';
import { chargeBudgets } from '../../guard/budgets/charge-budgets.js';
import {
  ANY_CLIENT,
  BUDGETS_PARAMETERS,
  CAPTCHA_COLUMNS,
  REFUSAL_COLUMNS,
  judgeBudgets,
} from '../../guard/budgets/judge-budgets.js';
import { IS_START_FLOOD } from '../../guard/floods/start-flood.js';
import { type Client, createSecret } from '../attempts/attempt.js';
import { createCodeSalt } from '../attempts/attempt-mac.js';
import type { LoginDeps } from '../create-login.js';

export interface WhatsAppLogin {
  attemptId: string;
  secret: string;
  expiresAt: Date;
  loginMessage: string;
  qrPayload: string;
}

/**
 * Opens an attempt that waits for a WhatsApp message, if the budgets of the client's networks allow it. They are charged
 * first, and the attempt is opened only when all were: concurrent requests cannot exceed them. The commit is asynchronous: if
 * PostgreSQL dies and loses the attempt, the user starts another.
 *
 * `flooded`: far more logins are started than usual. With `asksCaptcha`, nothing is opened then.
 */
const START = statement({
  name: 'login/start_whatsapp_login',
  short: true,
  sql: `
    WITH ${judgeBudgets({ ...ANY_CLIENT, captchaSolved: ':captchaSolved::boolean' })},
    flood AS MATERIALIZED (SELECT ${IS_START_FLOOD} AS flooded),
    charged AS (${chargeBudgets('verdict, flood', 'refused_by IS NULL AND NOT (:asksCaptcha::boolean AND flooded)')}),
    attempt AS (
      INSERT INTO login_attempts (id, method, secret_hash, code_salt, key_id, locale, expires_at, client_ip, client_network, user_agent, location, charged)
      SELECT :attemptId::uuid, 'WHATSAPP', :secretHash::bytea, :codeSalt::bytea, :keyId, :locale, now() + :ttlSeconds::int * interval '1 second',
             :ip, :network, :userAgent, :location, ARRAY(SELECT subject FROM charged)
      FROM ${ASYNC_COMMIT}
      WHERE async_commit.setting = 'off' AND (SELECT count(*) FROM charged) = (SELECT count(*) FROM wanted)
      RETURNING expires_at
    )
    SELECT refused_by, retry_after, beyond_captcha, flooded, expires_at FROM verdict CROSS JOIN flood LEFT JOIN attempt ON true`,
  parameters: {
    attemptId: uuid,
    secretHash: bytea,
    codeSalt: bytea,
    keyId: text,
    locale: text,
    ttlSeconds: int4,
    ip: text,
    network: text,
    userAgent: nullable(text),
    location: nullable(text),
    ...BUDGETS_PARAMETERS,
    /** Whether a client must solve a captcha in a flood. */
    asksCaptcha: bool,
    captchaSolved: bool,
  },
  columns: { ...REFUSAL_COLUMNS, ...CAPTCHA_COLUMNS, flooded: bool, ...fromOuterJoin({ expires_at: timestamptz }) },
});

/**
 * Starts a login in which the user sends `loginMessage` to the gateway's WhatsApp number.
 *
 * @throws DomainError METHOD_UNAVAILABLE when no WhatsApp account is configured
 * @throws RateLimited, CaptchaRequired
 */
export async function startWhatsAppLogin(
  { client, captcha: token }: { client: Client; captcha?: string | null | undefined },
  deps: Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'captcha' | 'guardAlarms' | 'whatsAppNumber' | 'log'>,
): Promise<WhatsAppLogin> {
  const { config, keyring, database, captcha, guardAlarms, whatsAppNumber, log } = deps;
  const { ttlSeconds, loginMessagePrefix } = config.whatsapp;
  if (!hasWhatsAppLogin(config)) throw new DomainError('METHOD_UNAVAILABLE');
  const network = networkOf(client.ip);
  const judged = await captcha.judge({ token, network });
  if (judged.isDue) await judged.demand('captcha_always');
  const attemptId = uuidv7();
  const { secret, hash } = createSecret();
  const [row] = await database.query(START, {
    attemptId,
    secretHash: hash,
    codeSalt: createCodeSalt(),
    keyId: keyring.current.id,
    locale: client.locale ?? 'en',
    ttlSeconds,
    ip: client.ip,
    network,
    userAgent: client.userAgent,
    location: client.location,
    budgets: budgetsOfStart(limitedNetworks(client.ip, config)),
    cost: 0,
    asksCaptcha: judged.canDemand,
    captchaSolved: judged.solved,
  });
  if (row?.flooded) guardAlarms.raise('whatsapp_starts');
  if (!row?.beyond_captcha && (row?.flooded || row?.refused_by)) await judged.demand('whatsapp_starts');
  if (!row?.expires_at) throw new RateLimited(row?.retry_after ?? CONCURRENT_RETRY_SECONDS, 'whatsapp_starts');
  // Anyone can start any number of logins, so the audit log begins with the proof.
  log.info({ event: 'whatsapp.started', attemptId, ip: client.ip });
  const number = await whatsAppNumber.current();
  const loginMessage = `${loginMessagePrefix} ${attemptId}`;
  return { attemptId, secret, expiresAt: row.expires_at, loginMessage, qrPayload: qrPayload(loginMessage, number) };
}

/** A link that opens WhatsApp with the message filled in; only the message when the gateway's number is unknown. */
function qrPayload(loginMessage: string, number: string | undefined): string {
  return number ? `https://wa.me/${number}?text=${encodeURIComponent(loginMessage)}` : loginMessage;
}
