import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInAs } from '../admin/sign-in-as.js';
import { type Result, requestOtp, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { ageSession, insertAuditEntries, updateUser } from '../support/rows.js';
import { act, auditOf, signIn, soon } from '../support/sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;
beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const exportMe = ({ gatewayToken }: Pick<Result, 'gatewayToken'>) =>
  act<{ json: string }>(gateway, 'exportMe', {
    token: gatewayToken,
    fields: '... on AccountExport { json } ... on Error { code }',
  });

interface Exported {
  user: object;
  sessions: { id: string }[];
  signIns: object[];
  messages: object[];
  devices: object[];
  auditLog: { event: string; actor: string }[];
  truncated: string[];
}
const dataOf = async (session: Pick<Result, 'gatewayToken'>) => JSON.parse((await exportMe(session)).json) as Exported;

describe('exportMe', () => {
  test('has the user, sessions, sign-ins, messages and audit entries, and leaves an audit entry', async () => {
    const phone = somePhone();
    const session = await signIn(gateway, { phone });
    await signIn(gateway, { phone });
    await updateUser(database, session.user.id, { name: 'Али', whatsappLid: `${phone.slice(1)}@lid` });
    await soon(async () => expect((await auditOf(database, session.user.id)).length).toBeGreaterThan(1));
    const data = await dataOf(session);
    expect(data.user).toMatchObject({ id: session.user.id, phone, name: 'Али', role: 'USER' });
    expect(data.sessions.map(({ id }) => id)).toContain(session.id);
    expect(data.signIns).toMatchObject([{ outcome: 'SIGNED_IN' }, { outcome: 'SIGNED_IN', sessionId: session.id }]);
    expect(data.messages).toMatchObject([{ channel: 'console' }, { channel: 'console' }]);
    expect(data.devices).toMatchObject([{ lastSeenAt: expect.any(String) }, { lastSeenAt: expect.any(String) }]);
    expect(data.auditLog.map(({ event }) => event)).toContain('otp.verified');
    expect(data.truncated).toEqual([]);
    expect(await auditOf(database, session.user.id)).toContainEqual(
      expect.objectContaining({ event: 'user.exported', actor: session.user.id }),
    );
  });

  test('contains no secret, hash, token or code, and nothing of another user', async () => {
    const session = await signIn(gateway);
    const admin = await signInAs('ADMIN', { gateway, database });
    await admin.read('query ($id: ID!) { user(id: $id) { id } }', { id: session.user.id });
    const attempt = await requestOtp(gateway.graphqlUrl, { phone: session.user.phone });
    const { json } = await exportMe(session);
    expect(json).toContain('admin.read');
    for (const secret of [
      session.accessToken,
      session.refreshToken,
      attempt.secret,
      `"${gateway.codeOf(attempt.attemptId)}"`,
      admin.id,
      admin.session.user.phone,
    ])
      expect(json).not.toContain(secret);
    expect(json).not.toMatch(/hash|secret|keyId|token/i);
  });

  test('has at most 1,000 rows of each list, and says which lists are longer', async () => {
    const session = await signIn(gateway);
    await insertAuditEntries(
      database,
      Array.from({ length: 1_200 }, () => ({ event: 'otp.requested', userId: session.user.id })),
    );
    const data = await dataOf(session);
    expect(data.auditLog).toHaveLength(1_000);
    expect(data.truncated).toEqual(['auditLog']);
  });

  test('needs a session and a fresh sign-in', async () => {
    const session = await signIn(gateway);
    await ageSession(database, session.id, '11 minutes');
    expect(await exportMe(session)).toMatchObject({ code: 'FRESH_SIGN_IN_REQUIRED' });
    expect(await exportMe({ gatewayToken: 'x' })).toEqual({ code: 'UNAUTHENTICATED' });
  });
});
