import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { Audit } from '../../events/audit.js';
import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { ResilientChannel } from './resilient-channel.js';
import { routeFor } from './route.js';
import { addTry, recordAccepted, recordFailed } from '../log/sms-log.js';
import { fillIn } from '../templates/render-template.js';
import type { FindTemplate } from '../templates/template-cache.js';

/** Something that a person should know. */
export interface Notification {
  purpose: Exclude<DeliveryPurpose, 'LOGIN_CODE'>;
  phone: string;
  country: CountryCode | undefined;
  locale: string;
  /** What stands in the text in braces. */
  values: Record<string, string>;
}

/**
 * Tells a phone something that is no code, by the first channel that carries such and takes it. It never throws: what has
 * happened has happened, whether or not it can be told.
 */
export type SendNotification = (notice: Notification) => Promise<void>;

export function createSendNotification(deps: {
  channels: ResilientChannel[];
  config: Config['delivery'];
  findTemplate: FindTemplate;
  database: Database;
  audit: Audit;
}): SendNotification {
  const { channels, config, findTemplate, database, audit } = deps;
  const carrying = channels.filter(({ carriesNotices }) => carriesNotices);
  const byName = new Map(carrying.map((channel) => [channel.name, channel]));

  async function tell({ purpose, phone, country, locale, values }: Notification): Promise<void> {
    const fields = { purpose, phone: maskPhone(phone) };
    for (const name of routeFor(country, config.routes, carrying)) {
      const channel = byName.get(name);
      if (!channel) continue;
      const template = await findTemplate({ purpose, channel: name, locale, country });
      const deliveryId = uuidv7();
      const started = { deliveryId, channel: name, nextChannels: [], overdueSeconds: null };
      const noted = { attemptId: null, maskedPhone: fields.phone, country, purpose, locale };
      await addTry(noted, started, false, database);
      const startedAt = performance.now();
      const text = fillIn(template.body, values);
      const message = { deliveryId, attemptId: deliveryId, phone, code: '', text, providerTemplate: undefined };
      const result = await channel.send(message, config.channelTimeoutSeconds * 1000);
      const latencyMs = performance.now() - startedAt;
      const tried = {
        deliveryId,
        template: `${template.channel}/${template.locale}`,
        locale: template.locale,
        latencyMs,
        watched: false,
      };
      if (result.outcome === 'accepted') {
        await recordAccepted(tried, result, { receiptSeconds: 0, asked: channel.receiptsOf !== undefined }, database);
        return audit.info({ event: 'notice.sent', deliveryId, channel: name, ...fields });
      }
      await recordFailed(tried, result, undefined, database);
      audit.warn({ event: 'notice.send_failed', deliveryId, channel: name, failure: result.failure, ...fields });
    }
    audit.warn({ event: 'notice.failed', ...fields });
  }

  return (notice) =>
    tell(notice).catch((error: unknown) => audit.warn({ event: 'notice.failed', purpose: notice.purpose, error }));
}
