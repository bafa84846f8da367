import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Result, call, requestOtp, somePhone, verifyOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { setUserRole } from '../support/rows.js';

let database: TestDatabase;
let gateway: TestGateway;
let plain: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, FEDERATION: 'on' });
  plain = await startGateway({ DATABASE_URL: database.url });
});

afterAll(async () => {
  await Promise.all([gateway.stop(), plain.stop()]);
  await database.drop();
});

async function signIn(): Promise<Result> {
  const attempt = await requestOtp(gateway.graphqlUrl, { phone: somePhone() });
  return verifyOtp(gateway.graphqlUrl, { ...attempt, code: gateway.codeOf(attempt.attemptId) });
}

const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { id phone role } } }`;

const entities = (representations: object[], token?: string) =>
  call<{ _entities: ({ id: string; phone: string; role: string } | null)[] } | null>(
    { url: gateway.graphqlUrl, headers: token ? { authorization: `Bearer ${token}` } : {} },
    ENTITIES,
    { representations },
  );

test('the subgraph composes with another one that refers to users by id', async () => {
  const { data } = await call<{ _service: { sdl: string } }>(gateway.graphqlUrl, '{ _service { sdl } }');
  const orders = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
    type Query { orders: [Order!]! }
    type Order @key(fields: "id") { id: ID! customer: User! }
    type User @key(fields: "id", resolvable: false) { id: ID! }`;
  const composed = composeServices([
    { name: 'phonegate', url: gateway.graphqlUrl, typeDefs: parse(data._service.sdl) },
    { name: 'orders', url: 'http://localhost:4001/graphql', typeDefs: parse(orders) },
  ]);
  expect(composed.errors).toBeUndefined();
  expect(composed.supergraphSdl).toContain('customer: User!');
  expect(composed.supergraphSdl).toMatch(/phone: String! @join__field\(graph: PHONEGATE\)/);
});

test('_entities returns users their own record, and null for other users', async () => {
  const [me, other] = [await signIn(), await signIn()];
  const asked = [me, other].map(({ user }) => ({ __typename: 'User', id: user.id }));
  const { data } = await entities(asked, me.accessToken);
  expect(data?._entities).toEqual([{ id: me.user.id, phone: me.user.phone, role: 'USER' }, null]);
});

test('_entities returns every user to an admin with the gateway token, and adds an entry to the audit log', async () => {
  const [admin, other] = [await signIn(), await signIn()];
  await setUserRole(database, admin.user.id, 'ADMIN');
  const { data } = await entities([{ __typename: 'User', id: other.user.id }], admin.gatewayToken);
  expect(data?._entities).toEqual([{ id: other.user.id, phone: other.user.phone, role: 'USER' }]);
  const rows = await database.query(`SELECT actor FROM audit_log WHERE event = 'admin.read' AND user_id = $1`, [
    other.user.id,
  ]);
  expect(rows).toEqual([{ actor: admin.user.id }]);
});

test('_entities returns an admin only their own record for the access token', async () => {
  const [admin, other] = [await signIn(), await signIn()];
  await setUserRole(database, admin.user.id, 'ADMIN');
  const asked = [admin, other].map(({ user }) => ({ __typename: 'User', id: user.id }));
  const { data } = await entities(asked, admin.accessToken);
  expect(data?._entities).toEqual([{ id: admin.user.id, phone: admin.user.phone, role: 'ADMIN' }, null]);
});

test('_entities returns no user without an access token', async () => {
  const { user } = await signIn();
  const { data, errors } = await entities([{ __typename: 'User', id: user.id }]);
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});

test('_entities refuses malformed and too many representations', async () => {
  const { accessToken } = await signIn();
  const { data } = await entities([{}, { __typename: 'Session', id: '1' }, { __typename: 'User', id: 5 }], accessToken);
  expect(data?._entities).toEqual([null, null, null]);
  const many = Array.from({ length: 101 }, () => ({ __typename: 'User', id: '1' }));
  expect((await entities(many, accessToken)).errors?.[0]?.extensions?.code).toBe('OPERATION_TOO_LARGE');
});

test('without FEDERATION the schema has no federation fields', async () => {
  const { errors } = await call(plain.graphqlUrl, '{ _service { sdl } }');
  expect(errors?.[0]?.message).toContain('Cannot query field "_service"');
});
