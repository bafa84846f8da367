import { v7 as uuidv7, validate as isUuid } from 'uuid';
import type { Config } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import { runInTransaction } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { uuid } from '../../db/types.js';
import { DomainError, InvalidInput } from '../../domain-error.js';
import { auditedChange } from '../../events/audited-change.js';
import type { Actor } from '../../events/audited-by.js';
import { isLocale } from '../../locales/locale.js';
import { fillIn } from './render-template.js';
import { channelInfo, isChannelName } from '../channels/channel-list.js';
import { type Segments, countSegments } from '../channels/segments.js';
import { PLACEHOLDERS, parseTemplateContent } from './template-content.js';

/**
 * A template as an admin sees it. For each purpose, channel and locale, one template is active; the others are drafts.
 */
export interface TemplateRecord {
  id: string;
  purpose: DeliveryPurpose;
  /** `*` is for every channel. */
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

/** All templates by purpose, channel and locale, the active one first. */
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
  if (channel !== '*' && !isChannelName(channel)) throw new InvalidInput('channel');
  if (!isLocale(locale)) throw new InvalidInput('locale');
  const content = parseTemplateContent(purpose, template);
  if (channel === '*' && content.providerTemplate) throw new InvalidInput('providerTemplate');
  const id = uuidv7();
  return auditedChange(async (transaction) => {
    const data = { id, purpose, channel, locale, ...content, active: false };
    const result = await transaction.template.create({ data });
    return { result, entry: { event: 'template.created', actor, details: { id, purpose, channel, locale } } };
  }, deps);
}

/** Locks the template, so that the audit entry contains the body that this change replaces. */
const LOCK_TEMPLATE = statement({
  name: 'delivery/lock_template',
  sql: 'SELECT id FROM sms_templates WHERE id = :id::uuid FOR UPDATE',
  parameters: { id: uuid },
  columns: { id: uuid },
});

/**
 * Changes the body of a template. If it is active, messages use the new body within ten seconds.
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
    await runInTransaction(transaction, LOCK_TEMPLATE, { id });
    const found = await transaction.template.findUnique({ where: { id } });
    if (!found) throw new DomainError('TEMPLATE_NOT_FOUND');
    const data = parseTemplateContent(found.purpose, change);
    const result = await transaction.template.update({ where: { id }, data });
    const contentOf = ({ body, providerTemplate }: TemplateRecord) => ({ body, providerTemplate });
    const details = { id, before: contentOf(found), after: contentOf(result) };
    return { result, entry: { event: 'template.edited', actor, details } };
  }, deps);
}

/**
 * Locks all templates of this purpose, channel and locale, so that after two concurrent activations one template is
 * active.
 */
const LOCK_ALTERNATIVES = statement({
  name: 'delivery/lock_alternative_templates',
  sql: `
    SELECT t.id FROM sms_templates t JOIN sms_templates chosen ON chosen.id = :id::uuid
    WHERE (t.purpose, t.channel, t.locale) = (chosen.purpose, chosen.channel, chosen.locale)
    ORDER BY t.id FOR UPDATE OF t`,
  parameters: { id: uuid },
  columns: { id: uuid },
});

/** Makes this template the active one. Messages use it within ten seconds. @throws DomainError TEMPLATE_NOT_FOUND */
export async function activateTemplate(
  { id, actor }: { id: string; actor: Actor },
  deps: { database: Database },
): Promise<TemplateRecord> {
  if (!isUuid(id)) throw new DomainError('TEMPLATE_NOT_FOUND');
  return auditedChange(async (transaction) => {
    await runInTransaction(transaction, LOCK_ALTERNATIVES, { id });
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

/** Fills in example values and counts the parts of the SMS. @throws InvalidInput "body" */
export function previewTemplate(
  { purpose, channel, body }: Pick<NewTemplate, 'purpose' | 'channel' | 'body'>,
  { config }: { config: Pick<Config, 'delivery' | 'otp'> },
): TemplatePreview {
  const { webOtpHost, serviceName } = config.delivery;
  parseTemplateContent(purpose, { body });
  const bindsCode = purpose === 'LOGIN_CODE' && channelInfo(channel)?.bindsCode && webOtpHost;
  const text = fillIn(bindsCode ? `${body}\n@${webOtpHost} #{code}` : body, {
    ...PLACEHOLDERS[purpose],
    code: '12345678'.slice(0, config.otp.length),
    minutes: String(Math.ceil(config.otp.ttlSeconds / 60)),
    service: serviceName,
  });
  return { text, ...countSegments(text) };
}
