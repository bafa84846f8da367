import type { Locale } from '../../src/locales/locale.js';
import type { Answer } from '../admin/sign-in-as.js';
import { type FrameSocket, openFrames } from './frames.js';
import type { TestGateway } from './gateway.js';
import type { Kind, RootField } from './root-fields.js';
import { bearer } from './sign-in.js';

type Asked = Pick<RootField, 'query' | 'variables'>;

interface EntryPoint {
  name: string;
  kinds: Kind[];
  ask(token: string | undefined, asked: Asked, locale?: Locale): Promise<Answer<object>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const headersOf = (token: string | undefined, locale: Locale) => ({
  ...(token === undefined ? {} : bearer(token)),
  'accept-language': locale,
});

/** Every way on which a request reaches the schema. */
export const entryPoints = (gateway: () => TestGateway): EntryPoint[] => [
  {
    name: 'HTTP',
    kinds: ['query', 'mutation'],
    async ask(token, { query, variables }, locale = 'en') {
      const response = await fetch(gateway().graphqlUrl, {
        method: 'POST',
        headers: { ...JSON_TYPE, ...headersOf(token, locale) },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer<object>;
    },
  },
  {
    name: 'HTTP GET',
    kinds: ['query'],
    async ask(token, { query, variables }, locale = 'en') {
      const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
      const response = await fetch(`${gateway().graphqlUrl}?${search.toString()}`, {
        headers: { accept: 'application/json', ...headersOf(token, locale) },
      });
      return (await response.json()) as Answer<object>;
    },
  },
  {
    name: 'SSE',
    kinds: ['query', 'mutation', 'subscription'],
    async ask(token, { query, variables }, locale = 'en') {
      const response = await fetch(gateway().graphqlUrl, {
        method: 'POST',
        headers: { ...JSON_TYPE, accept: 'text/event-stream', ...headersOf(token, locale) },
        body: JSON.stringify({ query, variables }),
      });
      // A refused stream ends by itself; one that stays open makes the test time out.
      const text = await response.text();
      return JSON.parse(/^data: ?(\{.*\})$/m.exec(text)?.[1] ?? text) as Answer<object>;
    },
  },
  {
    name: 'WebSocket',
    kinds: ['query', 'subscription'],
    async ask(token, asked, locale = 'en') {
      const frames = await openSocket(gateway(), token, locale);
      try {
        return await askOn(frames, asked);
      } finally {
        frames.socket.terminate();
      }
    },
  },
];

export async function openSocket(
  gateway: TestGateway,
  token: string | undefined,
  locale: Locale = 'en',
): Promise<FrameSocket> {
  const frames = await openFrames(gateway.socketUrl, { init: false });
  const authorization = token === undefined ? {} : bearer(token);
  frames.send({ type: 'connection_init', payload: { ...authorization, locale } });
  await frames.until(({ type }) => type === 'connection_ack');
  return frames;
}

let operations = 0;
/** The first answer to an operation: its data or its errors; undefined where there is none. */
export async function askOn(frames: FrameSocket, { query, variables }: Asked): Promise<Answer<object>> {
  const id = `${(operations += 1)}`;
  frames.send({ type: 'subscribe', id, payload: { query, variables } });
  const [frame] = await frames.until((one) => one.id === id);
  if (frame?.type === 'error') return { data: null, errors: frame.payload as never };
  return (frame?.payload ?? { data: null }) as Answer<object>;
}
