import { randomUUID } from 'node:crypto';
import { version as uuidVersion } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrations } from '../../src/db/migration-status.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { insertTemplate } from '../support/rows.js';

const DEFAULT_TEXTS = '20261128130000_default_texts';

const migrations = readMigrations();

interface Template {
  id: string;
  purpose: string;
  channel: string;
  locale: string;
  body: string;
  provider_template: string | null;
  active: boolean;
}
const templatesOf = (database: TestDatabase) =>
  database.query<Template & Record<string, unknown>>('SELECT * FROM sms_templates ORDER BY purpose, locale, id');
const auditOf = (database: TestDatabase) =>
  database.query<{ id: string; actor: string; details: Record<string, unknown> }>(
    "SELECT id, actor, details FROM audit_log WHERE event = 'template.edited' ORDER BY details->>'id'",
  );

/** A database of the version before, changed by the operator, then upgraded. */
async function upgrade(change: (database: TestDatabase) => Promise<unknown>) {
  const database = await createDatabase({ migrated: false });
  for (const { name, sql } of migrations) if (name < DEFAULT_TEXTS) await database.query(sql);
  await change(database);
  const before = await templatesOf(database);
  for (const { name, sql } of migrations) if (name === DEFAULT_TEXTS) await database.query(sql);
  return { database, before, after: await templatesOf(database), audit: await auditOf(database) };
}
type Upgrade = Awaited<ReturnType<typeof upgrade>>;

const WHERE = "WHERE purpose = 'LOGIN_CODE' AND channel = '*' AND locale";

describe('an upgrade replaces the default texts', () => {
  let upgraded: Upgrade;
  let copy: string;
  beforeAll(async () => {
    upgraded = await upgrade(async (database) => {
      await database.query(`INSERT INTO users (id, phone, role) VALUES ('${randomUUID()}', '+77010000002', 'USER')`);
      await database.query(`UPDATE sms_templates SET body = 'Mine: {code}' ${WHERE} = 'en'`);
      await database.query(`UPDATE sms_templates SET active = false ${WHERE} = 'ru'`);
      await insertTemplate(database, { locale: 'ru', body: 'Моё: {code}' });
      const [kazakh] = await database.query<{ body: string }>(`SELECT body FROM sms_templates ${WHERE} = 'kk'`);
      copy = await insertTemplate(database, { channel: 'green-api', locale: 'kk', body: String(kazakh?.body) });
    });
  });
  afterAll(() => upgraded.database.drop());
  const changed = () =>
    upgraded.after.filter(({ id, body }) => body !== upgraded.before.find((one) => one.id === id)?.body);

  test('where the operator left them as they were', () => {
    expect(changed().map(({ purpose, locale }) => `${purpose} ${locale}`)).toEqual([
      'LOGIN_CODE fa',
      'LOGIN_CODE kk',
      'LOGIN_CODE ky',
      'PHONE_CHANGED en',
      'PHONE_CHANGED fa',
      'PHONE_CHANGED kk',
      'PHONE_CHANGED ky',
      'PHONE_CHANGED ru',
    ]);
    for (const { channel, body, active } of changed()) {
      expect({ channel, active }).toEqual({ channel: '*', active: true });
      expect(body).toContain('{service}');
    }
  });

  test('and not those that the operator edited, deactivated or copied for a channel', () => {
    const { before, after } = upgraded;
    const kept = new Set(before.map(({ id }) => id).filter((id) => !changed().some((one) => one.id === id)));
    expect(after.filter(({ id }) => kept.has(id))).toEqual(before.filter(({ id }) => kept.has(id)));
    expect(kept).toContain(copy);
  });

  test('and records each change in the audit log as an edit', () => {
    const { audit, before } = upgraded;
    expect(audit.map(({ details }) => details['id'])).toEqual(
      changed()
        .map(({ id }) => id)
        .toSorted(),
    );
    for (const { id, actor, details } of audit) {
      expect(actor).toBe('gateway');
      expect(uuidVersion(id)).toBe(7);
      const bodyOf = (rows: Template[]) => rows.find((one) => one.id === details['id'])?.body;
      expect(details).toMatchObject({
        before: { body: bodyOf(before), providerTemplate: null },
        after: { body: bodyOf(changed()), providerTemplate: null },
      });
    }
  });
});

test('a new database has the new texts, and an empty audit log', async () => {
  const fresh = await upgrade(async () => {});
  expect(fresh.after).toHaveLength(10);
  for (const { body } of fresh.after) expect(body).toContain('{service}');
  expect(fresh.audit).toEqual([]);
  await fresh.database.drop();
});
