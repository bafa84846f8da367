import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { isLocale } from '../../locales/locale.js';
import { messagesIn } from '../../locales/messages.js';
import { channelInfo } from '../channels/channel-list.js';
import { type Template, templateLocales } from './render-template.js';

/** Finds the template for a message. If none is active, not even in English, returns only the placeholder. */
export type FindTemplate = (wanted: {
  purpose: DeliveryPurpose;
  channel: ChannelName;
  locale: string;
  country: string | undefined;
}) => Promise<Template>;

/**
 * The essential value without words, so that an empty table locks no user out. `phonegate doctor` reports the empty
 * table.
 */
const LAST_RESORT = { LOGIN_CODE: '{code}', PHONE_CHANGED: '☎ → {phone}' };

/** How long messages may still use the old text after a template was edited. */
const CACHE_MS = 10_000;

/** Templates change rarely and every code needs one, so each instance reads the table at most every ten seconds. */
export function createFindTemplate({ database }: { database: Database }): FindTemplate {
  let templates: Promise<Map<string, Template>> | undefined;
  let readAt = -Infinity;

  async function read(): Promise<Map<string, Template>> {
    const rows = await database.prisma.template.findMany({ where: { active: true } });
    return new Map(
      rows.map(({ purpose, channel, locale, body, providerTemplate }) => [
        `${purpose} ${channel} ${locale}`,
        // Other providers do not know a provider's own template.
        { channel, locale, body, providerTemplate: (channel !== '*' && providerTemplate) || undefined },
      ]),
    );
  }

  return async ({ purpose, channel, locale, country }) => {
    if (!templates || performance.now() - readAt > CACHE_MS) {
      readAt = performance.now();
      templates = read();
      templates.catch(() => (templates = undefined)); // after a database error, the next message reads again
    }
    const found = await templates;
    for (const candidate of templateLocales(locale, country)) {
      const template = found.get(`${purpose} ${channel} ${candidate}`) ?? found.get(`${purpose} * ${candidate}`);
      if (template) return template;
    }
    if (purpose === 'NEW_DEVICE') return newDeviceTemplate({ channel, locale });
    return { channel: '*', locale: 'en', body: LAST_RESORT[purpose], providerTemplate: undefined };
  };
}

/**
 * The text about a new device while the table has none. It is not in the table by default, because an instance of a
 * version that does not know the purpose could read no template at all.
 */
function newDeviceTemplate({ channel, locale }: { channel: ChannelName; locale: string }): Template {
  const known = isLocale(locale) ? locale : 'en';
  const { newDevice, newDeviceBySms } = messagesIn(known);
  // Only WhatsApp brings an answer back.
  const { kind } = channelInfo(channel) ?? {};
  const body = kind === 'whatsapp' || kind === 'developer' ? newDevice : newDeviceBySms;
  return { channel: '*', locale: known, body, providerTemplate: undefined };
}
