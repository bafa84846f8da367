import { v7 as uuidv7 } from 'uuid';
import { hasWhatsAppLogin } from '../../config/sign-in-methods.js';
import { statement } from '../../db/statement.js';
import { bool, bytea, int4, nullable, text, timestamptz, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import { limitedNetwork, networkOf } from '../../guard/client-ip.js';
import { RateLimited } from '../../guard/errors.js';
import { OPEN_WHATSAPP_ATTEMPTS, OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT } from '../../guard/limits.js';
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
 * Opens an attempt that waits for a WhatsApp message, unless too many attempts of this client's network, or in total,
 * are already waiting. Concurrent requests may exceed the limit by their number, because the limit protects the table
 * and no secret.
 */
const START = statement({
  name: 'login/start_whatsapp_login',
  sql: `
    INSERT INTO login_attempts (id, method, secret_hash, code_salt, key_id, locale, expires_at, client_ip, client_network, user_agent, location)
    SELECT :attemptId::uuid, 'WHATSAPP', :secretHash::bytea, :codeSalt::bytea, :keyId, :locale, now() + :ttlSeconds::int * interval '1 second',
           :ip, :network, :userAgent, :location
    WHERE (NOT :isLimited::boolean OR (
        SELECT count(*) FROM login_attempts
        WHERE client_network = :network AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()
      ) < ${OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT})
      AND NOT EXISTS (
        SELECT 1 FROM login_attempts
        WHERE method = 'WHATSAPP' AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at > now()
        OFFSET ${OPEN_WHATSAPP_ATTEMPTS - 1}
      )
    RETURNING expires_at`,
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
    isLimited: bool,
  },
  columns: { expires_at: timestamptz },
});

/**
 * Starts a login in which the user sends `loginMessage` to the gateway's WhatsApp number.
 *
 * @throws DomainError METHOD_UNAVAILABLE when no WhatsApp account is configured
 * @throws RateLimited, CaptchaRequired
 */
export async function startWhatsAppLogin(
  { client, captcha: token }: { client: Client; captcha?: string | null | undefined },
  {
    config,
    keyring,
    database,
    captcha,
    audit,
  }: Pick<LoginDeps, 'config' | 'keyring' | 'database' | 'captcha' | 'audit'>,
): Promise<WhatsAppLogin> {
  const { ttlSeconds, number, loginMessagePrefix } = config.whatsapp;
  if (!hasWhatsAppLogin(config)) throw new DomainError('METHOD_UNAVAILABLE');
  const network = networkOf(client.ip);
  const solved = await captcha.check({ token, network });
  if (captcha.asksAlways && !solved) await captcha.required({ network, rule: 'captcha_always' });
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
    isLimited: limitedNetwork(client.ip, config) !== null,
  });
  if (!row) throw new RateLimited(ttlSeconds / 2, 'whatsapp_starts');
  audit.info({ event: 'whatsapp.started', attemptId, ip: client.ip });
  const loginMessage = `${loginMessagePrefix} ${attemptId}`;
  return { attemptId, secret, expiresAt: row.expires_at, loginMessage, qrPayload: qrPayload(loginMessage, number) };
}

/** A link that opens WhatsApp with the message filled in; only the message when the gateway's number is unknown. */
function qrPayload(loginMessage: string, number: string | undefined): string {
  return number ? `https://wa.me/${number}?text=${encodeURIComponent(loginMessage)}` : loginMessage;
}
