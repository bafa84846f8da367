import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Phonegate, type Storage, createPhonegate } from '../src/index.js';
import { createStoredText } from '../src/stored-text.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { graceHasPassed, verifyStatus } from '../../../test/support/sign-in.js';
import { type AsyncStorage, createAsyncStorage } from './async-storage.js';
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
  stop();
  Object.assign(proxy, { loses: undefined, delays: undefined, asked: [] });
});
afterAll(async () => {
  await proxy.close();
  await gateway.stop();
  await database.drop();
});

function start(storage: Storage): Phonegate {
  const client = createPhonegate({ url: proxy.url, storage });
  clients.push(client);
  return client;
}
function stop(): void {
  for (const { session } of clients) session.close();
  clients = [];
}
const signIn = (client: Phonegate) => signInByCode(client, gateway);
const onDisk = ({ disk }: AsyncStorage) => disk.get(`phonegate:${proxy.url}`) ?? '';
const renew = ({ session }: Phonegate) => session.accessToken(session.current()?.accessToken);

describe('a session in an asynchronous storage', () => {
  test('outlives a restart of the program', async () => {
    const storage = createAsyncStorage();
    const { id, user, refreshToken } = await signIn(start(storage));
    await expect.poll(() => onDisk(storage)).toContain(refreshToken);
    stop();

    const later = start(storage);
    expect(later.session.current()).toBeUndefined();
    expect(await later.session.restore()).toMatchObject({ id, user });
    expect(later.session.refreshToken()).toBeDefined();
    await expect.poll(() => onDisk(storage)).toContain(later.session.refreshToken());
  });

  test.each<[string, (client: Phonegate) => Promise<unknown>]>([
    ['accessToken', ({ session }) => session.accessToken()],
    ['an operation of the user', (client) => client.mySessions()],
    ['request', (client) => client.request('{ me { id } }')],
  ])('is found by %s, without restore', async (_, call) => {
    const storage = createAsyncStorage();
    const { id } = await signIn(start(storage));
    await expect.poll(() => onDisk(storage)).not.toBe('');
    stop();
    const later = start(storage);
    expect(await call(later)).toBeDefined();
    expect(later.session.current()?.id).toBe(id);
  });

  test('is removed by signOut, also after a restart', async () => {
    const storage = createAsyncStorage();
    await signIn(start(storage));
    await expect.poll(() => onDisk(storage)).not.toBe('');
    stop();
    const later = start(storage);
    await later.session.signOut();
    await expect.poll(() => onDisk(storage)).toBe('');
    stop();
    expect(await start(storage).session.restore()).toBeUndefined();
  });

  test('leaves the device known after a sign-out and a restart', async () => {
    const storage = createAsyncStorage();
    const first = await signInByCode(start(storage), gateway);
    const { phone, id } = first.user;
    await clients[0]?.session.signOut();
    await expect.poll(() => storage.disk.get(`phonegate:device:${proxy.url}`)).toBe(first.deviceToken);
    stop();
    const later = start(storage);
    await later.recognizePhone(phone); // while the user types the phone, the storage is read
    await expect
      .poll(() => storage.operations.filter((operation) => operation === 'getItem').length)
      .toBeGreaterThan(1);
    await sleep(2 * storage.delay);
    const second = await signInByCode(later, gateway, phone);
    expect(second.deviceToken).toBe(first.deviceToken);
    expect(await database.query('SELECT FROM known_devices WHERE user_id = $1', [id])).toHaveLength(1);
  });

  test('is removed by forget before storage has answered', async () => {
    const storage = createAsyncStorage();
    await signIn(start(storage));
    await expect.poll(() => onDisk(storage)).not.toBe('');
    stop();
    const later = start(storage);
    const restored = later.session.restore();
    later.session.forget();
    expect(await restored).toBeUndefined();
    await expect.poll(() => onDisk(storage)).toBe('');
  });

  test('gives way to a sign-in that is faster than storage', async () => {
    const storage = createAsyncStorage();
    await signIn(start(storage));
    await expect.poll(() => onDisk(storage)).not.toBe('');
    stop();
    const never = new Promise<void>(() => {});
    storage.readsWaitFor = never;
    const later = start(storage);
    const restored = later.session.restore();
    const { id, refreshToken } = await signIn(later);
    expect((await restored)?.id).toBe(id);
    expect(await later.session.accessToken()).toBe(later.session.current()?.accessToken);
    await expect.poll(() => onDisk(storage)).toContain(refreshToken);
  });

  test('is the last one of two quick sign-ins', async () => {
    const storage = createAsyncStorage();
    const client = start(storage);
    await signIn(client);
    const { id, refreshToken } = await signIn(client);
    await expect.poll(() => onDisk(storage)).toContain(refreshToken);
    await sleep(100);
    expect(onDisk(storage)).toContain(refreshToken);
    stop();
    expect((await start(storage).session.restore())?.id).toBe(id);
  });

  /** Two processes of one application, as a native app and its extension, or two tabs on IndexedDB. */
  test('is refreshed with the token that another program has stored meanwhile', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const disk = new Map<string, string>();
    const [one, other] = [start(createAsyncStorage(disk)), start(createAsyncStorage(disk))];
    const { id } = await signIn(one);
    await expect.poll(() => disk.get(`phonegate:${proxy.url}`)).toBeDefined();
    await other.session.restore();
    const stored = other.session.refreshToken() ?? '';
    await expect.poll(() => disk.get(`phonegate:${proxy.url}`)).toContain(stored);
    await graceHasPassed(database, id);
    expect(await verifyStatus(gateway, (await renew(one)) ?? '')).toBe(200);
    vi.unstubAllGlobals();
  });

  /** What is on the disk then is the token before: the gateway accepts it for 20 s more. */
  test('outlives a program that dies between a refresh and its write', async () => {
    const storage = createAsyncStorage();
    const client = start(storage);
    const { id, refreshToken } = await signIn(client);
    await expect.poll(() => onDisk(storage)).toContain(refreshToken);
    storage.setItem = () => new Promise(() => {});
    await renew(client);
    expect(onDisk(storage)).toContain(refreshToken);
    stop();
    expect((await start(createAsyncStorage(storage.disk)).session.restore())?.id).toBe(id);
  });
});

describe('an asynchronous storage that fails', () => {
  test.each<[string, AsyncStorage['rejects']]>([
    ['every operation', ['getItem', 'setItem', 'removeItem']],
    ['reads', ['getItem']],
    ['writes', ['setItem']],
  ])('in %s keeps the session as long as the program', async (_, rejects) => {
    const storage = Object.assign(createAsyncStorage(), { rejects });
    const client = start(storage);
    const { id } = await signIn(client);
    for (let life = 0; life < 2; life += 1) {
      await sleep(60);
      expect(await renew(client)).toBeDefined();
      await graceHasPassed(database, id);
    }
    expect(client.session.current()?.id).toBe(id);
    await client.session.signOut();
    expect(client.session.current()).toBeUndefined();
  });

  test('to write removes the token of the earlier session', async () => {
    const storage = createAsyncStorage();
    const client = start(storage);
    await signIn(client);
    await expect.poll(() => onDisk(storage)).not.toBe('');
    storage.rejects = ['setItem'];
    await renew(client);
    await expect.poll(() => onDisk(storage)).toBe('');
    storage.rejects = [];
    await renew(client);
    await expect.poll(() => onDisk(storage)).toContain(client.session.refreshToken());
  });
});

describe('stored text', () => {
  test('writes one text after the other, and leaves out those that are old by then', async () => {
    const storage = createAsyncStorage();
    const text = createStoredText({ storage, key: 'k' });
    for (const value of ['1', '2', null, '3', '4']) text.write(value);
    expect(text.read()).toBe('4');
    await expect.poll(() => storage.disk.get('k')).toBe('4');
    expect(storage.operations).toEqual(['getItem', 'setItem', 'setItem']);
  });

  test('keeps a text that is written while an older one is being read', async () => {
    const storage = createAsyncStorage(new Map([['k', 'old']]));
    const text = createStoredText({ storage, key: 'k' });
    const loaded = text.load();
    text.write('new');
    await loaded;
    await sleep(80);
    await text.load();
    expect(text.read()).toBe('new');
  });

  test('reads again what another program has written', async () => {
    const storage = createAsyncStorage(new Map([['k', 'one']]));
    const text = createStoredText({ storage, key: 'k' });
    await text.load();
    storage.disk.set('k', 'two');
    expect(text.read()).toBe('one');
    await text.load();
    expect(text.read()).toBe('two');
  });

  test('does not touch storage before it is used', () => {
    const storage = createAsyncStorage();
    createStoredText({ storage, key: 'k' });
    expect(storage.operations).toEqual([]);
  });

  test('survives a storage whose methods throw at once after the first read', async () => {
    const storage = createAsyncStorage();
    const text = createStoredText({ storage, key: 'k' });
    await text.load();
    storage.getItem =
      storage.setItem =
      storage.removeItem =
        () => {
          throw new Error('closed');
        };
    text.write('1');
    await text.load();
    expect(text.read()).toBe('1');
  });
});
