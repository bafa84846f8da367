import { randomUUID } from 'node:crypto';
import { type Queryable, insertRows, updateRows } from './write.js';

const SMS_TEMPLATES = 'sms_templates';

interface TemplateRow {
  id: string;
  purpose: string;
  channel: string;
  locale: string;
  body: string;
  providerTemplate: string | null;
  active: boolean;
}

/** @returns the template's id */
export async function insertTemplate(database: Queryable, row: Partial<TemplateRow> = {}): Promise<string> {
  const template = {
    id: randomUUID(),
    purpose: 'LOGIN_CODE',
    channel: '*',
    locale: 'en',
    body: '{code}',
    active: true,
    ...row,
  };
  await insertRows(database, SMS_TEMPLATES, [template]);
  return template.id;
}

export const setTemplateBody = (database: Queryable, locale: string, body: string) =>
  updateRows(database, SMS_TEMPLATES, { where: { purpose: 'LOGIN_CODE', locale }, set: { body } });

export const activateTemplates = (database: Queryable) =>
  updateRows(database, SMS_TEMPLATES, { where: { active: false }, set: { active: true } });

export const deleteTemplates = (database: Queryable, ...locales: string[]) =>
  database.query('DELETE FROM sms_templates WHERE locale = ANY ($1)', [locales]);

export const deleteAllTemplates = (database: Queryable) => database.query('DELETE FROM sms_templates');

export const deleteTemplatesExcept = (database: Queryable, ids: string[]) =>
  database.query('DELETE FROM sms_templates WHERE id <> ALL ($1::uuid[])', [ids]);
