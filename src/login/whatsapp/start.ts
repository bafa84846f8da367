import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../domain-error.js';
import { networkOf, isLoopback } from '../../guard/client-ip.js';
import { RateLimited } from '../../guard/errors.js';
import { OPEN_WHATSAPP_ATTEMPTS, OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT } from '../../guard/limits.js';
import { type Client, createSecret } from '../attempts/attempt.js';
import type { LoginDeps } from '../deps.js';

export interface WhatsAppLogin {
  attemptId: string;
  secret: string;
  expiresAt: Date;
  loginMessage: string;
  qrPayload: string;
}

/**
 * Opens an attempt that waits for a WhatsApp message, unless too many wait already: for this client, or in all.
 * Racers may pass the limit by as many as they are; it protects the table, not a guess.
 */
const START = {
  name: 'start_whatsapp_login',
  text: `
    INSERT INTO login_attempts (id, method, secret_hash, key_id, locale, expires_at, client_ip, client_network, user_agent, location)
    SELECT $1, 'WHATSAPP', $2, $3, $4, now() + $5 * interval '1 second', $6, $7, $8, $10
    WHERE ($9::boolean OR (
        SELECT count(*) FROM login_attempts
        WHERE client_network = $7 AND method = 'WHATSAPP' AND status = 'PENDING' AND expires_at > now()
      ) < ${OPEN_WHATSAPP_ATTEMPTS_PER_CLIENT})
      AND NOT EXISTS (
        SELECT 1 FROM login_attempts
        WHERE method = 'WHATSAPP' AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at > now()
        OFFSET ${OPEN_WHATSAPP_ATTEMPTS - 1}
      )
    RETURNING expires_at`,
};

/**
 * Starts a login in which the person sends `loginMessage` to the gateway's WhatsApp number.
 *
 * @throws DomainError METHOD_UNAVAILABLE: no WhatsApp account is configured
 * @throws RateLimited
 */
export async function startWhatsAppLogin(input: { client: Client }, deps: LoginDeps): Promise<WhatsAppLogin> {
  const { config, keyring, database, audit } = deps;
  const { ttlSeconds, number } = config.whatsapp;
  if (config.production && !config.greenApi.idInstance) throw new DomainError('METHOD_UNAVAILABLE');
  const { client } = input;
  const attemptId = uuidv7();
  const { secret, hash } = createSecret();
  const [row] = await database.query<{ expires_at: Date }>(START, [
    attemptId,
    hash,
    keyring.current.id,
    client.locale ?? 'en',
    ttlSeconds,
    client.ip,
    networkOf(client.ip),
    client.userAgent,
    isLoopback(client.ip),
    client.location,
  ]);
  if (!row) throw new RateLimited(ttlSeconds / 2);
  audit.info({ event: 'whatsapp.started', attemptId, ip: client.ip });
  const loginMessage = `${config.whatsapp.loginMessagePrefix} ${attemptId}`;
  return { attemptId, secret, expiresAt: row.expires_at, loginMessage, qrPayload: qrPayload(loginMessage, number) };
}

/** A link that opens WhatsApp with the message filled in, or the message alone while our number is not known. */
export function qrPayload(loginMessage: string, number: string | undefined): string {
  return number ? `https://wa.me/${number}?text=${encodeURIComponent(loginMessage)}` : loginMessage;
}
