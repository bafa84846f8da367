import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { type Template, templateLocales } from './render-template.js';

/** Finds the text for a message; where no active one is in the table, not even in English, the code alone. */
export type FindTemplate = (wanted: {
  purpose: DeliveryPurpose;
  channel: ChannelName;
  locale: string;
  country: string | undefined;
}) => Promise<Template>;

/** What matters alone, in no language: nobody is locked out because the table was emptied. The doctor complains. */
const LAST_RESORT: Record<DeliveryPurpose, string> = { LOGIN_CODE: '{code}', PHONE_CHANGED: '☎ → {phone}' };

/** How long an edited template may go on being sent as it was. */
const CACHE_MS = 10_000;

/** Templates change rarely and are needed for every code: each instance reads the table at most once in ten seconds. */
export function createFindTemplate(database: Database): FindTemplate {
  let templates: Promise<Map<string, Template>> | undefined;
  let readAt = -Infinity;

  async function read(): Promise<Map<string, Template>> {
    const rows = await database.prisma.template.findMany({ where: { active: true } });
    return new Map(
      rows.map(({ purpose, channel, locale, body, providerTemplate }) => [
        `${purpose} ${channel} ${locale}`,
        // A provider's name of a text is of no use to another.
        { channel, locale, body, providerTemplate: (channel !== '*' && providerTemplate) || undefined },
      ]),
    );
  }

  return async ({ purpose, channel, locale, country }) => {
    if (!templates || performance.now() - readAt > CACHE_MS) {
      readAt = performance.now();
      templates = read();
      templates.catch(() => (templates = undefined)); // a database that was away for a moment is asked again
    }
    const found = await templates;
    for (const candidate of templateLocales(locale, country)) {
      const template = found.get(`${purpose} ${channel} ${candidate}`) ?? found.get(`${purpose} * ${candidate}`);
      if (template) return template;
    }
    return { channel: '*', locale: 'en', body: LAST_RESORT[purpose], providerTemplate: undefined };
  };
}
