import { getIntrospectionQuery } from 'graphql';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, requestOtp, somePhone } from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

const APP = 'https://app.example.com';
const FOREIGN = 'https://foreign.example';

let database: TestDatabase;
let gateway: TestGateway;
let production: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, ALLOWED_ORIGINS: APP };
  [gateway, production] = await Promise.all([
    startGateway(env),
    startGateway({
      ...env,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PUBLIC_URL: 'https://login.example.com',
      GREEN_API_WEBHOOK_TOKEN: 'hqWtPK96iU5NRmvuJr87bLXx',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), production.stop()]);
  await database.drop();
});

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  errors: { message: string; extensions?: { code?: string } }[];
  data: unknown;
}

async function send(init: RequestInit & { path?: string; at?: TestGateway } = {}): Promise<Answer> {
  const { path = '', at = gateway, ...request } = init;
  const response = await fetch(`${at.graphqlUrl}${path}`, { method: 'POST', redirect: 'manual', ...request });
  const text = await response.text();
  let body: Partial<Answer> = {};
  try {
    body = JSON.parse(text) as Partial<Answer>;
  } catch {
    // not JSON: the text is there
  }
  return { status: response.status, headers: response.headers, text, errors: body.errors ?? [], data: body.data };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (query: string, { at = gateway, variables = {} } = {}) =>
  send({ at, headers: JSON_TYPE, body: JSON.stringify({ query, variables }) });

const codes = ({ errors }: Pick<Answer, 'errors'>) => errors.map(({ extensions }) => extensions?.code);

/** The same document over the other transports, with their `errors`. */
async function overWebSocket(query: string, { at = gateway, variables = {} } = {}): Promise<Answer['errors']> {
  const frames = await openFrames(at.socketUrl);
  frames.send({ type: 'subscribe', id: '1', payload: { query, variables } });
  const [{ payload } = {}] = await frames.until(({ type }) => type === 'error' || type === 'next');
  frames.socket.close();
  return Array.isArray(payload) ? (payload as Answer['errors']) : ((payload as Partial<Answer>).errors ?? []);
}

async function overSse(query: string, { at = gateway, variables = {} } = {}): Promise<Answer['errors']> {
  const { text, errors } = await send({
    at,
    headers: { ...JSON_TYPE, accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  });
  const data = /^data: ?(\{.*\})$/m.exec(text)?.[1];
  return data ? ((JSON.parse(data) as Partial<Answer>).errors ?? []) : errors;
}

const transports = [
  { transport: 'HTTP', ask: async (...asked: Parameters<typeof overSse>) => (await post(...asked)).errors },
  { transport: 'Server-Sent Events', ask: overSse },
  { transport: 'WebSocket', ask: overWebSocket },
];

describe('GraphQL over HTTP', () => {
  // The audits of graphql-http, whose author edits the specification.
  for (const audit of serverAudits({ url: () => gateway.graphqlUrl })) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
    });
  }

  test('the audit suite of graphql-http has 61 audits', () => {
    expect(serverAudits({ url: gateway.graphqlUrl })).toHaveLength(61);
  });
});

describe('a request that is refused before its document is parsed', () => {
  test('answers 413 to a body over 64 KB', async () => {
    const query = '{ __typename }';
    expect((await send({ headers: JSON_TYPE, body: JSON.stringify({ query }).padEnd(60_000) })).status).toBe(200);
    const refused = await send({ headers: JSON_TYPE, body: JSON.stringify({ query }).padEnd(65_537) });
    expect([refused.status, ...codes(refused)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const streamed = await send({
      headers: { ...JSON_TYPE, accept: 'text/event-stream' },
      body: JSON.stringify({ query }).padEnd(1_000_000),
    });
    expect(streamed.status).toBe(413);
  });

  const mutation = 'mutation { signOut { __typename } }';
  const forms: [string, RequestInit][] = [
    ['a form', { body: new URLSearchParams({ query: mutation }) }],
    ['a multipart form', { body: multipart(mutation) }],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ query: mutation }) }],
    ['GraphQL as such', { headers: { 'content-type': 'application/graphql' }, body: mutation }],
    ['no type at all', { body: new Blob([JSON.stringify({ query: mutation })]) }],
    [
      'text that mentions JSON',
      { headers: { 'content-type': 'text/plain; application/json' }, body: JSON.stringify({ query: mutation }) },
    ],
    [
      'a form that accepts events',
      { headers: { accept: 'text/event-stream' }, body: new URLSearchParams({ query: mutation }) },
    ],
  ];
  test.each(forms)(
    'answers 415 to a request that any web page can post without a preflight: %s',
    async (_, request) => {
      const refused = await send(request);
      expect([refused.status, ...codes(refused)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  test('accepts a JSON content type with a charset, and in capitals', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/graphql-response+json'])
      expect((await send({ headers: { 'content-type': type }, body })).status).toBe(200);
  });

  test('answers 400 to a batch (an array), also with Accept: text/event-stream', async () => {
    const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]);
    const refused = await send({ headers: JSON_TYPE, body });
    expect([refused.status, ...codes(refused)]).toEqual([400, 'BAD_REQUEST']);
    const streamed = await send({ headers: { ...JSON_TYPE, accept: 'text/event-stream' }, body });
    expect(streamed.text).not.toContain('"__typename":"Query"');
  });

  test('answers 405 to a mutation over GET, and does not execute it', async () => {
    const phone = somePhone();
    const query = `mutation { requestOtp(input: { phone: "${phone}" }) { __typename } }`;
    for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream', '*/*']) {
      const { status } = await send({
        method: 'GET',
        path: `?query=${encodeURIComponent(query)}`,
        headers: { accept },
      });
      expect(status).toBe(405);
    }
    expect(await database.query('SELECT id FROM login_attempts WHERE phone = $1', [phone])).toEqual([]);
  });

  test('answers 405 to other methods', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      expect((await send({ method, headers: JSON_TYPE, body: '{"query":"{__typename}"}' })).status).toBe(405);
  });

  test('answers 404 on other paths', async () => {
    for (const path of ['/graphqlx', '/graphql/more', '/admin/../secret', '/.env', '/%67raphql']) {
      const response = await fetch(`${production.url}${path}`, { redirect: 'manual' });
      expect([path, response.status]).toEqual([path, 404]);
      await response.body?.cancel();
    }
  });
});

function multipart(mutation: string): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: mutation }));
  form.set('map', '{}');
  return form;
}

describe('cross-origin requests', () => {
  const cors = ({ headers }: Answer) => [
    headers.get('access-control-allow-origin'),
    headers.get('access-control-allow-credentials'),
  ];
  const requests: [string, RequestInit & { path?: string }][] = [
    ['a POST', { headers: JSON_TYPE, body: '{"query":"{ __typename }"}' }],
    ['a GET', { method: 'GET', path: '?query={__typename}', headers: { accept: 'application/json' } }],
    ['a refused POST', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    [
      'a stream',
      {
        headers: { ...JSON_TYPE, accept: 'text/event-stream' },
        body: JSON.stringify({
          query: 'subscription { loginAttemptStatus(attemptId: "x", secret: "x") { status } }',
        }),
      },
    ],
    ['a preflight', { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }],
  ];

  test.each(requests)('%s: a listed origin may read the answer, any other may not', async (_, request) => {
    const from = (origin: string) => send({ ...request, headers: { ...(request.headers as object), origin } });
    const listed = await from(APP);
    expect(cors(listed)).toEqual([APP, 'true']);
    expect(listed.headers.get('vary')).toMatch(/origin/i);
    for (const origin of [
      FOREIGN,
      'null',
      `${APP}.foreign.example`,
      'https://app.example.co',
      'http://app.example.com',
    ]) {
      const foreign = await from(origin);
      expect([origin, ...cors(foreign)]).toEqual([origin, null, null]);
      expect(foreign.headers.get('access-control-allow-headers')).toBeNull();
    }
  });

  test('the preflight allows the headers that our clients send, and only GET and POST', async () => {
    const { status, headers } = await send({
      method: 'OPTIONS',
      headers: { origin: APP, 'access-control-request-method': 'POST' },
    });
    expect(status).toBe(204);
    const list = (name: string) => (headers.get(name) ?? '').toLowerCase().split(/,\s*/);
    expect(list('access-control-allow-methods')).toEqual(['get', 'post']);
    expect(list('access-control-allow-headers')).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'x-phonegate']),
    );
  });

  test('a listed origin may read the Date header, to correct a wrong clock', async () => {
    const { headers } = await send({ headers: { ...JSON_TYPE, origin: APP }, body: '{"query":"{ __typename }"}' });
    expect(headers.get('access-control-expose-headers')).toBe('Date');
    expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(10_000);
  });

  test('an origin on the local machine is allowed in development only', async () => {
    const body = JSON.stringify({ query: '{ __typename }' });
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:3000']) {
      expect(cors(await send({ headers: { ...JSON_TYPE, origin }, body }))[0]).toBe(origin);
      expect(cors(await send({ at: production, headers: { ...JSON_TYPE, origin }, body }))[0]).toBeNull();
    }
    expect(
      cors(await send({ headers: { ...JSON_TYPE, origin: 'http://localhost.foreign.example' }, body }))[0],
    ).toBeNull();
  });
});

describe('the limit of one root field in a mutation', () => {
  const field = 'signOut { __typename }';
  const documents: [string, string][] = [
    ['two fields', 'mutation { signOut { __typename } refreshSession { __typename } }'],
    ['the same twice', `mutation { ${field} ${field} }`],
    ['aliases', `mutation { a: ${field} b: ${field} }`],
    ['a fragment', `mutation { ...F } fragment F on Mutation { a: ${field} b: ${field} }`],
    ['a fragment beside a field', `mutation { a: ${field} ...F } fragment F on Mutation { b: ${field} }`],
    ['a fragment spread twice', `mutation { ...F ...F } fragment F on Mutation { ${field} }`],
    [
      'fragments in fragments',
      `mutation { ...A } fragment A on Mutation { ...B ...C } fragment B on Mutation { b: ${field} } fragment C on Mutation { c: ${field} }`,
    ],
    ['inline fragments', `mutation { ... { a: ${field} } ... on Mutation { ... { b: ${field} } } }`],
    ['one that is skipped', `mutation { a: ${field} b: ${field.replace(' {', ' @skip(if: true) {')} }`],
    ['__typename beside one', `mutation { __typename ${field} }`],
  ];
  for (const { transport, ask } of transports) {
    test.each(documents)(`over ${transport} refuses %s`, async (_, query) => {
      expect(codes({ errors: await ask(query) })).toContain('ONE_ROOT_FIELD_ONLY');
    });
  }

  test('holds for each operation of a document, also for one that is not executed', async () => {
    const query = `mutation One { ${field} } mutation Two { a: ${field} b: ${field} }`;
    const body = JSON.stringify({ query, operationName: 'One' });
    expect(codes(await send({ headers: JSON_TYPE, body }))).toContain('ONE_ROOT_FIELD_ONLY');
  });

  test('allows one root field, also inside a fragment, and several in a query', async () => {
    for (const query of [
      `mutation { ${field} }`,
      `mutation { ...F } fragment F on Mutation { ${field} }`,
      `{ a: __typename b: __typename c: __typename }`,
    ])
      expect(codes(await post(query))).not.toContain('ONE_ROOT_FIELD_ONLY');
  });
});

describe('the limits of a document', () => {
  const repeat = (count: number, part: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => part(i)).join(' ');
  const tooLarge: [string, string][] = [
    ['levels', `{ ${'me { '.repeat(9)} id ${'}'.repeat(10)}`],
    ['levels through fragments', `{ me { ...F } } fragment F on User { ${'me { '.repeat(8)} id ${'}'.repeat(9)}`],
    ['aliases', `{ ${repeat(16, (i) => `a${i}: __typename`)} }`],
    [
      'aliases in a fragment spread often',
      `{ ${repeat(8, () => '...F')} } fragment F on Query { a: __typename b: __typename }`,
    ],
    ['directives', `{ ${repeat(21, () => '__typename @skip(if: false)')} }`],
    ['fields', `{ ${repeat(151, () => '__typename')} }`],
    ['fields with the same name', `{ ${repeat(26, () => '__typename')} }`],
    ['fields with the same name below others', `{ ${repeat(13, () => 'me { id ...{ id } }')} }`],
    [
      'fragments',
      `{ ...F0 } ${repeat(31, (i) => `fragment F${i} on Query { ${i < 30 ? `...F${i + 1}` : '__typename'} }`)}`,
    ],
    [
      'fields through fragments that double',
      `{ ...A0 } ${repeat(12, (i) => `fragment A${i} on Query { ...A${i + 1} ...A${i + 1} }`)} fragment A12 on Query { __typename }`,
    ],
  ];
  test('too many characters are refused over HTTP and Server-Sent Events, and are too large for a WebSocket', async () => {
    const query = `{ __typename } #${'x'.repeat(20_000)}`;
    for (const { ask } of transports.slice(0, 2))
      expect(codes({ errors: await ask(query) })).toEqual(['OPERATION_TOO_LARGE']);
    const { send: sendFrame, closed } = await openFrames(gateway.socketUrl);
    sendFrame({ type: 'subscribe', id: '1', payload: { query } });
    expect((await closed).code).toBe(1009);
  });
  for (const { transport, ask } of transports) {
    test.each(tooLarge)(`over ${transport} refuse too many %s`, async (_, query) => {
      expect(codes({ errors: await ask(query) })).toContain('OPERATION_TOO_LARGE');
    });

    // Regression: each spread was counted again, so forty levels of two spreads each blocked the process.
    test(`over ${transport} refuse fragments that spread each other, without delay`, async () => {
      const levels = Array.from(
        { length: 40 },
        (_, level) => `fragment G${level} on Mutation { ...G${level + 1} ...G${level + 1} }`,
      );
      const startedAt = performance.now();
      expect(await ask(`mutation { ...G0 } ${levels.join(' ')}`)).not.toEqual([]);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });

    test(`over ${transport} refuse too many tokens`, async () => {
      const errors = await ask(`{ ${'a '.repeat(1_100)} }`);
      expect(errors).toHaveLength(1);
      expect(errors[0]?.message).toMatch(/tokens/);
    });

    test(`over ${transport} answer a circle of fragments with an error, without hanging`, async () => {
      const errors = await ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A __typename }');
      expect(errors[0]?.message).toMatch(/itself/);
    });

    test(`over ${transport} report at most 20 errors of a document`, async () => {
      const errors = await ask(`{ ${repeat(140, (i) => `nonsense${i}`)} }`);
      expect(errors.length).toBeLessThanOrEqual(21);
    });
  }

  test('refuse too many operations', async () => {
    expect(codes(await post(repeat(21, (i) => `query Q${i} { __typename }`)))).toEqual(['OPERATION_TOO_LARGE']);
  });

  test('allow a document that is exactly at each limit', async () => {
    for (const query of [
      `{ ${repeat(15, (i) => `a${i}: __typename`)} }`,
      `{ ${repeat(20, () => '__typename @skip(if: false)')} }`,
      `{ ${repeat(25, () => '__typename')} }`,
      `{ ...F0 } ${repeat(30, (i) => `fragment F${i} on Query { ${i < 29 ? `...F${i + 1}` : '__typename'} }`)}`,
    ])
      expect((await post(query)).errors).toEqual([]);
    const fields = `{ ${repeat(15, (i) => `a${i}: me { ${repeat(9, () => 'id')} }`)} }`;
    expect(new Set(codes(await post(fields)))).toEqual(new Set(['UNAUTHENTICATED'])); // it was executed
  });
});

describe('in production', () => {
  // Regression: the nine levels of the fragment TypeRef were too many.
  test('the introspection of GraphiQL is refused, and is answered in development', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true });
    expect((await post(query, { at: production })).errors[0]?.message).toMatch(/introspection/i);
    expect((await post(query)).errors).toEqual([]);
  });

  test.each([
    `fragment F on __Type { ${'name '.repeat(26)} }`,
    `fragment F on User { __schema { ${'x '.repeat(26)} } }`,
  ])('%s is too large, although it is introspection', async (fragment) => {
    expect(codes(await post(`{ __typename } ${fragment}`, { at: production }))).toEqual(['OPERATION_TOO_LARGE']);
  });

  const asked = ['{ __schema { queryType { name } } }', '{ __type(name: "User") { name } }'];

  for (const { transport, ask } of transports) {
    test(`over ${transport} introspection is refused`, async () => {
      for (const query of asked) {
        expect((await ask(query, { at: production }))[0]?.message).toMatch(/introspection/i);
        expect(await ask(query)).toEqual([]);
      }
    });

    test(`over ${transport} errors suggest no names of the schema`, async () => {
      for (const query of [
        '{ mee { id } }',
        '{ loginAttempt(attemptID: "x", secret: "x") { id } }',
        'query ($x: Usr) { me { id } }',
        'mutation { requestOtp(input: { fone: "1" }) { __typename } }',
        'mutation { requestOtp(input: { phone: "1", channel: CONSOLEE }) { __typename } }',
      ]) {
        expect(JSON.stringify(await ask(query, { at: production }))).not.toMatch(/did you mean/i);
      }
      expect(JSON.stringify(await ask('{ mee { id } }'))).toMatch(/did you mean/i);
    });
  }

  for (const { transport, ask } of transports) {
    test(`over ${transport} errors about variables suggest no names of the schema`, async () => {
      const query = 'mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename } }';
      for (const input of [{ fone: '1' }, { phone: '1', chanel: 'CONSOLE' }, { phone: '1', channel: 'CONSOLEE' }]) {
        const errors = await ask(query, { at: production, variables: { input } });
        expect(errors.length).toBeGreaterThan(0);
        expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
      }
    });
  }

  test('GraphiQL is not served, but is in development', async () => {
    const headers = { accept: 'text/html' };
    expect((await send({ method: 'GET', headers })).text).toContain('<html');
    const gone = await send({ method: 'GET', headers, at: production });
    expect(gone.status).toBeGreaterThanOrEqual(400);
    expect(gone.text).not.toMatch(/<html|graphiql/i);
  });

  test('no header names the software', async () => {
    const { headers } = await post('{ __typename }', { at: production });
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('errors', () => {
  const SECRET = 'shibboleth271828';
  const VERIFY = 'mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename } }';
  const WATCH = 'subscription ($a: ID!, $s: String!) { loginAttemptStatus(attemptId: $a, secret: $s) { status } }';
  const LOOK = 'query ($a: ID!, $s: String!) { loginAttempt(attemptId: $a, secret: $s) { status } }';
  const quoting: [string, string, object?][] = [
    ['a variable of the wrong type', LOOK, { a: 'x', s: { secret: SECRET } }],
    ['a list for a text', LOOK, { a: 'x', s: [SECRET] }],
    ['an object for an id', LOOK, { a: { id: SECRET }, s: 'x' }],
    ['a subscription with a wrong variable', WATCH, { a: 'x', s: { [SECRET]: SECRET } }],
    ['a missing field beside a secret one', VERIFY, { input: { secret: SECRET } }],
    ['a field too many', VERIFY, { input: { attemptId: 'x', secret: SECRET, code: SECRET, more: SECRET } }],
    ['text for an object', VERIFY, { input: SECRET }],
    ['a secret that looks like a message', LOOK, { a: 'x', s: [`; Field ${SECRET}; Expected ${SECRET}`] }],
    [
      'a wrong enum in a variable',
      'mutation ($c: DeliveryChannel) { requestOtp(input: { phone: "1", channel: $c }) { __typename } }',
      { c: SECRET },
    ],
    ['a literal of the wrong type', `{ loginAttempt(attemptId: "x", secret: { a: "${SECRET}" }) { id } }`],
    ['an enum in place of a text', `{ loginAttempt(attemptId: "x", secret: ${SECRET}) { id } }`],
    [
      'a text in place of an enum',
      `mutation { requestOtp(input: { phone: "1", channel: "${SECRET}" }) { __typename } }`,
    ],
    ['an unknown enum', `mutation { requestOtp(input: { phone: "1", channel: ${SECRET} }) { __typename } }`],
    ['a text in place of an object', `mutation { requestOtp(input: "${SECRET}") { __typename } }`],
    ['a text that is out of place', `{ loginAttempt(attemptId: "x", secret: "x" "${SECRET}") { id } }`],
    ['a text where a document should go on', `{ __typename } "${SECRET}"`],
    ['a name where a document should go on', `{ __typename } ${SECRET}`],
  ];
  for (const { transport, ask } of transports) {
    test.each(quoting)(`over ${transport} an error does not quote the value: %s`, async (_, query, variables = {}) => {
      const errors = await ask(query, { variables });
      // WebSocket refuses all mutations.
      expect(errors.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toContain(SECRET);
    });
  }

  test('over GET an error does not quote the value', async () => {
    const query = `{ loginAttempt(attemptId: "x", secret: { a: "${SECRET}" }) { id } }`;
    for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
      const { text } = await send({ method: 'GET', path: `?query=${encodeURIComponent(query)}`, headers: { accept } });
      expect(text).toContain('String cannot represent');
      expect(text).not.toContain(SECRET);
    }
  });

  const wrong: [string, string, object?][] = [
    ['no GraphQL', '{'],
    ['too many tokens', `{ ${'a '.repeat(1_100)} }`],
    ['an unknown field', '{ nonsense }'],
    ['a missing argument', '{ loginAttempt(attemptId: "x") { id } }'],
    ['a missing variable', LOOK, {}],
    ['a variable of the wrong type', LOOK, { a: [], s: {} }],
    ['too many levels', `{ ${'me { '.repeat(9)} id ${'}'.repeat(10)}`],
    ['no access token', '{ me { id } }'],
  ];
  for (const { transport, ask } of transports) {
    test.each(wrong)(`over ${transport} each error has a code: %s`, async (_, query, variables = {}) => {
      const errors = await ask(query, { variables });
      expect(errors.length).toBeGreaterThan(0);
      for (const { extensions } of errors) expect(extensions?.code).toMatch(/^[A-Z][A-Z_]+$/);
    });
  }

  test('each error about the HTTP request has a code', async () => {
    const bodies = ['', '{', 'null', '7', '[]', '{}', '{"query":1}', '{"query":"{ __typename }","variables":[]}'];
    for (const body of bodies) {
      const refused = await send({ headers: JSON_TYPE, body });
      expect([body, refused.status, ...codes(refused)]).toEqual([body, 400, 'BAD_REQUEST']);
    }
    const unacceptable = await send({
      headers: { ...JSON_TYPE, accept: 'image/png' },
      body: '{"query":"{__typename}"}',
    });
    expect([unacceptable.status, ...codes(unacceptable)]).toEqual([406, 'NOT_ACCEPTABLE']);
  });

  test('an error does not contain an HTTP status', async () => {
    for (const { ask } of transports)
      for (const [, query] of wrong) expect(JSON.stringify(await ask(query))).not.toContain('"http"');
  });

  test('a bug is answered without details, in the language of the caller, and logged', async () => {
    const broken = await createDatabase();
    const bug = await startGateway({ DATABASE_URL: broken.url });
    await broken.query('ALTER TABLE login_attempts ALTER COLUMN id TYPE text');
    const variables = { a: '00000000-0000-7000-8000-000000000000', s: 'x' };
    const query = LOOK;
    for (const errors of [
      (await post(query, { at: bug, variables })).errors,
      await overSse(WATCH, { at: bug, variables }),
      await overWebSocket(WATCH, { at: bug, variables }),
      await overWebSocket(query, { at: bug, variables }),
    ]) {
      expect(codes({ errors })).toEqual(['INTERNAL_SERVER_ERROR']);
      expect(JSON.stringify(errors)).not.toMatch(/login_attempts|relation|exist|SELECT|stack|\.ts|\.js/i);
    }
    const russian = await send({
      at: bug,
      headers: { ...JSON_TYPE, 'accept-language': 'ru' },
      body: JSON.stringify({ query, variables }),
    });
    expect(russian.errors[0]?.message).toMatch(/[а-я]/);
    expect(bug.log.filter(({ event }) => event === 'graphql.bug').length).toBeGreaterThanOrEqual(5);
    await bug.stop();
    await broken.drop();
  });

  test('a database that is down is answered with the code UNAVAILABLE', async () => {
    const gone = await createDatabase();
    const at = await startGateway({ DATABASE_URL: gone.url });
    await gone.drop();
    const variables = { a: '00000000-0000-7000-8000-000000000000', s: 'x' };
    expect(codes(await post(LOOK, { at, variables }))).toEqual(['UNAVAILABLE']);
    await at.stop();
  });

  test('an expected failure is a member of the union and not in errors', async () => {
    const answer = await requestOtp(gateway.graphqlUrl, { phone: 'no phone' });
    expect(answer).toMatchObject({ __typename: 'InvalidPhoneNumber', code: 'INVALID_PHONE_NUMBER' });
    const { errors } = await call(gateway.graphqlUrl, 'mutation { signOut { __typename } }');
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
