import { randomUUID } from 'node:crypto';
import { type Queryable, deleteRows, insertRows, updateRows } from './write.js';

const SMS_TEMPLATES = { name: 'sms_templates' };

export interface TemplateRow {
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
  updateRows(database, SMS_TEMPLATES, { locale }, { body });

export const activateTemplates = (database: Queryable) =>
  updateRows(database, SMS_TEMPLATES, { active: false }, { active: true });

/** Deletes the templates of these locales; all of them when none is given. */
export async function deleteTemplates(database: Queryable, ...locales: string[]): Promise<void> {
  for (const where of locales.length > 0 ? locales.map((locale) => ({ locale })) : [{}])
    await deleteRows(database, SMS_TEMPLATES, where);
}

export const deleteTemplatesExcept = (database: Queryable, ids: string[]) =>
  database.query('DELETE FROM sms_templates WHERE id <> ALL ($1::uuid[])', [ids]);
