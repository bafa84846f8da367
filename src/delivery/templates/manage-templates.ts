import { v7 as uuidv7, validate as isUuid } from 'uuid';
import type { Config } from '../../config/config.js';
import type { Actor } from '../../events/audited-by.js';
import { auditedChange } from '../../events/audited-change.js';
import { CHANNEL_NAMES, type ChannelName } from '../../config/names.js';
import type { Database } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { DomainError, InvalidInput } from '../../domain-error.js';
import { isLocale } from '../../locales/locale.js';
import { type Segments, countSegments } from './segments.js';
import { fillIn } from './render-template.js';

/** A text as an admin sees it. Of those for one purpose, channel and locale, one is active; the others are drafts. */
export interface TemplateRecord {
  id: string;
  purpose: DeliveryPurpose;
  /** `*` serves every channel. */
  channel: string;
  locale: string;
  body: string;
  providerTemplate: string | null;
  active: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewTemplate {
  purpose: DeliveryPurpose;
  channel: string;
  locale: string;
  body: string;
  providerTemplate?: string | null | undefined;
}

const BODY_MAX_LENGTH = 1_000;

/** What may stand in braces, and what is shown in its place. */
const PLACES: Record<DeliveryPurpose, Record<string, string>> = {
  LOGIN_CODE: { code: '123456', minutes: '5' },
  PHONE_CHANGED: { phone: '+7701*****02' },
};
/** Without it the text would be sent in vain. */
const NEEDED: Record<DeliveryPurpose, string> = { LOGIN_CODE: '{code}', PHONE_CHANGED: '{phone}' };

/** All templates, by purpose, channel and locale, the active one first. */
export async function listTemplates({ database }: { database: Database }): Promise<TemplateRecord[]> {
  return database.prisma.template.findMany({
    orderBy: [{ purpose: 'asc' }, { channel: 'asc' }, { locale: 'asc' }, { active: 'desc' }, { createdAt: 'desc' }],
  });
}

/** Adds a draft. @throws InvalidInput "channel", "locale", "body" or "providerTemplate" */
export async function createTemplate(
  { actor, ...template }: NewTemplate & { actor: Actor },
  deps: { database: Database },
): Promise<TemplateRecord> {
  const { purpose, channel, locale } = template;
  if (channel !== '*' && !CHANNEL_NAMES.includes(channel as ChannelName)) throw new InvalidInput('channel');
  if (!isLocale(locale)) throw new InvalidInput('locale');
  const content = readContent(purpose, template);
  if (channel === '*' && content.providerTemplate) throw new InvalidInput('providerTemplate');
  const id = uuidv7();
  return auditedChange(async (transaction) => {
    const data = { id, purpose, channel, locale, ...content, active: false };
    const result = await transaction.template.create({ data });
    return { result, entry: { event: 'template.created', actor, details: { id, purpose, channel, locale } } };
  }, deps);
}

/**
 * Changes the text of a template. An active one is sent with the new text within ten seconds.
 *
 * @throws DomainError TEMPLATE_NOT_FOUND
 * @throws InvalidInput "body" or "providerTemplate"
 */
export async function editTemplate(
  input: { id: string; body: string; providerTemplate?: string | null | undefined; actor: Actor },
  deps: { database: Database },
): Promise<TemplateRecord> {
  const { id, actor, ...change } = input;
  if (!isUuid(id)) throw new DomainError('TEMPLATE_NOT_FOUND');
  return auditedChange(async (transaction) => {
    // Locks the row, so that the entry holds the text that this change replaces.
    await transaction.$queryRaw`SELECT id FROM sms_templates WHERE id = ${id}::uuid FOR UPDATE`;
    const found = await transaction.template.findUnique({ where: { id } });
    if (!found) throw new DomainError('TEMPLATE_NOT_FOUND');
    const result = await transaction.template.update({ where: { id }, data: readContent(found.purpose, change) });
    const contentOf = ({ body, providerTemplate }: TemplateRecord) => ({ body, providerTemplate });
    const details = { id, before: contentOf(found), after: contentOf(result) };
    return { result, entry: { event: 'template.edited', actor, details } };
  }, deps);
}

/** Sends this template from now on, within ten seconds, instead of the active one. @throws DomainError TEMPLATE_NOT_FOUND */
export async function activateTemplate(
  { id, actor }: { id: string; actor: Actor },
  deps: { database: Database },
): Promise<TemplateRecord> {
  if (!isUuid(id)) throw new DomainError('TEMPLATE_NOT_FOUND');
  return auditedChange(async (transaction) => {
    // Locks all templates of this kind, so that of two activations at once the second sees what the first has done.
    await transaction.$queryRaw`
      SELECT t.id FROM sms_templates t JOIN sms_templates mine ON mine.id = ${id}::uuid
      WHERE (t.purpose, t.channel, t.locale) = (mine.purpose, mine.channel, mine.locale) ORDER BY t.id FOR UPDATE OF t`;
    const found = await transaction.template.findUnique({ where: { id } });
    if (!found) throw new DomainError('TEMPLATE_NOT_FOUND');
    const { purpose, channel, locale } = found;
    await transaction.template.updateMany({
      where: { purpose, channel, locale, active: true, id: { not: id } },
      data: { active: false },
    });
    const result = await transaction.template.update({ where: { id }, data: { active: true } });
    return { result, entry: { event: 'template.activated', actor, details: { id, purpose, channel, locale } } };
  }, deps);
}

export interface TemplatePreview extends Segments {
  text: string;
}

/** A text with examples filled in, and what it costs as an SMS. @throws InvalidInput "body" */
export function previewTemplate(
  { purpose, channel, body }: Pick<NewTemplate, 'purpose' | 'channel' | 'body'>,
  { config }: { config: Pick<Config, 'delivery' | 'otp'> },
): TemplatePreview {
  const { webOtpHost } = config.delivery;
  const otpLength = config.otp.length;
  const minutes = Math.ceil(config.otp.ttlSeconds / 60);
  readContent(purpose, { body });
  const bound = purpose === 'LOGIN_CODE' && channel === 'kavenegar-sms' && webOtpHost;
  const code = '12345678'.slice(0, otpLength);
  const text = fillIn(bound ? `${body}\n@${webOtpHost} #{code}` : body, {
    ...PLACES[purpose],
    code,
    minutes: String(minutes),
  });
  return { text, ...countSegments(text) };
}

function readContent(
  purpose: DeliveryPurpose,
  { body, providerTemplate }: { body: string; providerTemplate?: string | null | undefined },
) {
  const places = [...body.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => String(name));
  if (
    body.trim() === '' ||
    body.length > BODY_MAX_LENGTH ||
    !body.includes(NEEDED[purpose]) ||
    /[\p{Cs}\0]/u.test(body) ||
    places.some((name) => !Object.hasOwn(PLACES[purpose], name))
  )
    throw new InvalidInput('body');
  if (providerTemplate && !/^[\w.-]{1,64}$/.test(providerTemplate)) throw new InvalidInput('providerTemplate');
  return { body, ...(providerTemplate === undefined ? {} : { providerTemplate: providerTemplate || null }) };
}
