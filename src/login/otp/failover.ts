import type { ChannelName } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';
import { countryOf } from '../../phone/phone-country.js';
import type { LoginDeps } from '../create-login.js';
import { isAndroidApp } from './android-app.js';
import { codeOf } from './code.js';
import { type Failover, takeFailovers } from './take-failovers.js';

type SendNextDeps = Pick<LoginDeps, 'config' | 'keyring' | 'codeSender' | 'bus' | 'audit' | 'log'>;

export interface FailoverDeps extends SendNextDeps, Pick<LoginDeps, 'database'> {
  /** Channels that send a message once, even if it is passed to them several times under one ID. */
  idempotentChannels: ChannelName[];
  /** The number of seconds after which a delivery that is sent now is overdue. */
  overdueSeconds: number;
}

/**
 * Sends a code by the next channel when its provider reports a failure, or sends no receipt in time. Tells watching
 * clients the outcome of a message, some time after the gateway has learned it.
 */
export function createFailover(deps: FailoverDeps) {
  const { idempotentChannels, overdueSeconds, database } = deps;
  const running = new Set<Promise<void>>();

  return {
    /**
     * Starts the deliveries that are due, and notifies the clients that may learn an outcome now. Does not wait for the providers, because other deliveries become due
     * meanwhile.
     */
    async runDue(): Promise<void> {
      let taken: Awaited<ReturnType<typeof takeFailovers>>;
      do {
        taken = await takeFailovers({ idempotentChannels, overdueSeconds }, { database });
        for (const attemptId of taken.shown) deps.bus.publish(attemptId);
        for (const failover of taken.failovers) {
          const sending = sendNext(failover, deps).finally(() => running.delete(sending));
          running.add(sending);
        }
      } while (taken.more);
    },
    /** Resolves when every started delivery has ended. */
    async settled(): Promise<void> {
      await Promise.all(running);
    },
  };
}

/** Does not reject when a channel refuses. */
async function sendNext(
  failover: Failover,
  { config, keyring, codeSender, bus, audit, log }: SendNextDeps,
): Promise<void> {
  const { attempt_id: attemptId, phone, locale, route, delivery_id: deliveryId, from_channel: from } = failover;
  const { status, resumes } = failover;
  audit.warn({ event: 'delivery.failover', attemptId, from, status, to: route[0], resumes });
  bus.publish(attemptId);
  const codeMessage = {
    attemptId,
    phone,
    country: countryOf(phone),
    code: codeOf({ ...failover, attemptId }, { config, keyring }),
    ttlSeconds: config.otp.ttlSeconds,
    locale,
    clientIp: failover.client_ip,
    androidApp: isAndroidApp(failover.user_agent),
    watched: true,
  };
  try {
    // A message that is sent again under its own ID is sent once, and was charged then.
    const charge = resumes ? { subjects: [], cost: 0 } : undefined;
    await codeSender.send(codeMessage, route, { deliveryId, charge, decoy: failover.is_decoy });
  } catch (error) {
    // The attempt stays open: an earlier message may still arrive, and the user may request the code again. After an
    // error that is not a refusal, the delivery is taken again when it is overdue.
    log.warn({
      event: 'delivery.failover_failed',
      attemptId,
      error: error instanceof DomainError ? error.code : error,
    });
  }
  bus.publish(attemptId);
}
