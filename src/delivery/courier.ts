import { setTimeout as sleep } from 'node:timers/promises';
import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName } from '../config/config.js';
import type { Database } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import { maskPhone } from '../users/phone.js';
import type { Channel } from './channels/channel.js';
import { routeFor } from './route.js';
import { addDelivery, recordResult } from './sms-log.js';
import { renderTemplate } from './template.js';
import type { FindTemplate } from './templates.js';

/** A code on its way to a phone. `deliveryId` is the log row of the first try, where that is already written. */
export interface Parcel {
  attemptId: string;
  deliveryId: string | undefined;
  phone: string;
  country: CountryCode | undefined;
  code: string;
  ttlSeconds: number;
  locale: string;
}

export interface Courier {
  /** The channels that a phone of this country is tried on, in order. */
  routeFor(country: CountryCode | undefined): ChannelName[];
  /**
   * Sends the code by the first channel that accepts it, with one log row a try.
   *
   * @returns the channel that took it.
   * @throws DomainError DELIVERY_FAILED when every channel refused.
   */
  deliver(parcel: Parcel, route: ChannelName[]): Promise<ChannelName>;
  /** Sends nothing, and takes as long, logs as much and answers the same as a send lately did (R10). */
  pretend(parcel: Parcel, channel: ChannelName): Promise<ChannelName>;
}

export function createCourier(rooms: {
  channels: Channel[];
  routes: ReadonlyMap<CountryCode | '*', readonly ChannelName[]>;
  findTemplate: FindTemplate;
  database: Database;
  log: Log;
}): Courier {
  const { channels, routes, findTemplate, database, log } = rooms;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const configured = [...byName.keys()];
  let latency = 1; // of the last send that was accepted, in milliseconds

  return {
    routeFor: (country) => routeFor(country, routes, configured),
    async pretend(parcel, channel) {
      const { attemptId, phone, locale, deliveryId = uuidv7() } = parcel;
      const maskedPhone = maskPhone(phone);
      if (parcel.deliveryId === undefined)
        await addDelivery({ id: deliveryId, attemptId, channel, maskedPhone, locale, suppressed: true }, database);
      await sleep(latency);
      await recordResult(deliveryId, { outcome: 'accepted', providerId: null }, latency, database);
      log.info({ event: 'otp.suppressed', attemptId, channel, phone: maskedPhone });
      return channel;
    },
    async deliver(parcel, route) {
      const maskedPhone = maskPhone(parcel.phone);
      let deliveryId = parcel.deliveryId;
      for (const name of route) {
        const channel = byName.get(name);
        if (!channel) continue;
        if (deliveryId === undefined) {
          deliveryId = uuidv7();
          await addDelivery(
            {
              id: deliveryId,
              attemptId: parcel.attemptId,
              channel: name,
              maskedPhone,
              locale: parcel.locale,
              suppressed: false,
            },
            database,
          );
        }
        const template = await findTemplate({ channel: name, locale: parcel.locale, country: parcel.country });
        const text = renderTemplate(template.body, { code: parcel.code, minutes: Math.ceil(parcel.ttlSeconds / 60) });
        const startedAt = performance.now();
        const result = await channel.send({ ...parcel, deliveryId, text, locale: template.locale });
        const latencyMs = performance.now() - startedAt;
        await recordResult(deliveryId, result, latencyMs, database);
        const fields = {
          attemptId: parcel.attemptId,
          deliveryId,
          channel: name,
          phone: maskedPhone,
          latencyMs: Math.round(latencyMs),
        };
        if (result.outcome === 'accepted') {
          latency = latencyMs;
          log.info({ event: 'otp.sent', ...fields });
          return name;
        }
        log.warn({ event: 'otp.send_failed', ...fields, failure: result.failure });
        deliveryId = undefined; // the next try gets a row of its own
      }
      throw new DomainError('DELIVERY_FAILED');
    },
  };
}
