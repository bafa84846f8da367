import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

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

const QUERY = encodeURIComponent('{ __typename }');
const STRANGE = [
  `query=${QUERY}&variables=x`,
  `query=${QUERY}&variables=5`,
  `query=${QUERY}&variables=%22a%22`,
  `query=${QUERY}&variables=[]`,
  `query=${QUERY}&extensions=x`,
  `query=${QUERY}&extensions=5`,
  'variables={}',
  '',
];

describe.each(['application/json', 'text/event-stream', 'application/graphql-response+json', '*/*'])(
  'a GET that accepts %s',
  (accept) => {
    test.each(STRANGE)(
      'and asks for "%s" gets a 400 in JSON that says what is wrong, without a stack',
      async (search) => {
        const response = await fetch(`${gateway.graphqlUrl}?${search}`, { headers: { accept } });
        const text = await response.text();
        expect([response.status, text]).toEqual([400, expect.stringContaining('"code":"BAD_REQUEST"')]);
        expect(text).not.toMatch(/ at |node_modules|file:/);
      },
    );

    test('is answered if its parameters are right', async () => {
      const search = `query=${QUERY}&variables={}&extensions={}&operationName=`;
      const response = await fetch(`${gateway.graphqlUrl}?${search}`, { headers: { accept } });
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"__typename":"Query"')]);
    });
  },
);
