import { type DocumentNode, parse, print } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Phonegate, type PhonegateOptions, createPhonegate } from '../src/index.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { type Proxy, startProxy } from './proxy.js';
import { signInByCode } from './sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;
let proxy: Proxy;
let clients: Phonegate[] = [];

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  proxy = await startProxy(gateway.url);
});
afterEach(() => {
  for (const { session } of clients) session.close();
  clients = [];
  Object.assign(proxy, { instead: undefined, delays: undefined, asked: [] });
});
afterAll(async () => {
  await proxy.close();
  await gateway.stop();
  await database.drop();
});

function open(options: PhonegateOptions = {}): Phonegate {
  const client = createPhonegate({ url: proxy.url, ...options });
  clients.push(client);
  return client;
}
async function openSignedIn(options: PhonegateOptions = {}): Promise<{ client: Phonegate; phone: string }> {
  const client = open(options);
  const { phone } = (await signInByCode(client, gateway)).user;
  return { client, phone };
}

const RECOGNIZE = 'query Recognize($phone: String!) { recognizePhone(phone: $phone) { country } }';
interface Recognized {
  recognizePhone: { country: string | null } | null;
}

/** As @graphql-typed-document-node/core declares it, which GraphQL Code Generator and gql.tada use. */
type TypedDocumentNode<Result, Variables> = DocumentNode & { __apiType?: (variables: Variables) => Result };

/** As GraphQL Code Generator writes it with `documentMode: 'string'`. */
class TypedDocumentString<Result, Variables> extends String {
  declare __apiType?: NonNullable<TypedDocumentNode<Result, Variables>['__apiType']>;
  readonly #value: string;
  constructor(value: string) {
    super(value);
    this.#value = value;
  }
  override toString() {
    return this.#value;
  }
}
type Node = TypedDocumentNode<Recognized, { phone: string }>;

describe('request sends', () => {
  test('a text, without a session', async () => {
    const answer = await open().request<Recognized>(RECOGNIZE, { phone: '+7 701' });
    expect(answer.recognizePhone?.country satisfies string | null | undefined).toBe('KZ');
    expect(proxy.asked.at(-1)?.headers.authorization).toBeUndefined();
  });

  test('as the user who is signed in, and repeats it with a refreshed token when the token is refused', async () => {
    const { client, phone } = await openSignedIn();
    const token = client.session.current()?.gatewayToken;
    proxy.instead = ({ headers }) =>
      headers.authorization === `Bearer ${token}`
        ? { status: 200, body: '{"errors":[{"message":"No","extensions":{"code":"UNAUTHENTICATED"}}]}' }
        : undefined;
    expect(await client.request('{ me { phone } }')).toEqual({ me: { phone } });
    expect(proxy.times('RefreshSession')).toBe(1);
  });

  test.each<[string, Node | TypedDocumentString<Recognized, { phone: string }>, PhonegateOptions]>([
    ['a document string of codegen', new TypedDocumentString<Recognized, { phone: string }>(RECOGNIZE), {}],
    ['a document with its source, of graphql or graphql-tag', parse(RECOGNIZE), {}],
    ['a document without its source, with print', parse(RECOGNIZE, { noLocation: true }), { print }],
  ])('%s', async (_, document, options) => {
    const { recognizePhone } = await open(options).request(document, { phone: '+98 912' });
    expect(recognizePhone?.country).toBe('IR');
  });
});

test('the types of a document are those of its variables and its answer', async () => {
  const client = open();
  const typed = parse(RECOGNIZE) as Node;
  const plain = parse(RECOGNIZE);
  const optional = parse('{ me { id } }') as TypedDocumentNode<{ me: { id: string } }, Record<string, never>>;
  const calls = [
    // @ts-expect-error The variables are missing.
    () => client.request(typed),
    // @ts-expect-error The variable has another type.
    () => client.request(typed, { phone: 7 }),
    async () => (await client.request(typed, { phone: '7' })).recognizePhone?.country?.length,
    async () => (await client.request(optional)).me.id.length,
    async () => (await client.request(plain, { phone: '7' })) satisfies unknown,
  ];
  expect(calls).toHaveLength(5);
});

describe('request throws', () => {
  test('UNPRINTABLE_DOCUMENT for a document without its source, and sends nothing', async () => {
    const document = parse(RECOGNIZE, { noLocation: true });
    await expect(open().request(document, { phone: '7' })).rejects.toMatchObject({
      name: 'PhonegateError',
      code: 'UNPRINTABLE_DOCUMENT',
      message: expect.stringContaining('print'),
    });
    expect(proxy.asked).toEqual([]);
  });

  test('the gateway’s code for an operation that it refuses', async () => {
    const call = open().request('{ me { id } }');
    await expect(call).rejects.toMatchObject({ name: 'PhonegateError', code: 'UNAUTHENTICATED' });
    await expect(open().request('{ nothing }')).rejects.toMatchObject({ name: 'PhonegateError' });
  });

  test('NETWORK when its signal is aborted', async () => {
    proxy.delays = () => new Promise(() => {});
    const call = open().request('{ me { id } }', {}, { signal: AbortSignal.timeout(100) });
    await expect(call).rejects.toMatchObject({ name: 'PhonegateError', code: 'NETWORK' });
  });
});

test('the option fetch replaces the global one', async () => {
  const urls: string[] = [];
  const client = open({
    fetch: (url, init) => {
      urls.push(url as string);
      return fetch(url, init);
    },
  });
  await client.request(RECOGNIZE, { phone: '7' });
  expect(urls).toEqual([`${proxy.url}/graphql`]);
});
