import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect } from 'vitest';
import { CALLBACK_SECRET } from '../support/delivery.js';
import { useFuzzedGateway } from './fuzz/fuzzed-gateway.js';
import { mutatedText } from './fuzz/mutate.js';
import { readCorpus, testTarget } from './fuzz/test-target.js';

interface Callback {
  /** What follows the secret in the path. */
  search: string;
  type: string;
  body: string;
}

const NAME = 'kavenegar-callback';
const parse = (file: Buffer) =>
  file
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Callback);
const corpus = readCorpus(NAME).flatMap(([, file]) => parse(file));

/** Node's client refuses to send other characters in a path. */
const sendable = (search: string) => search.replaceAll(/[^\u0021-\u007E]/g, '');

const fuzzed = useFuzzedGateway();

testTarget<Callback>({
  name: NAME,
  random: fc.record({
    // A path that goes on is a wrong secret, and an address with many wrong secrets is slowed down.
    search: fc
      .oneof(mutatedText(corpus.map(({ search }) => search)), fc.string({ maxLength: 60 }))
      .map((search) => `?${search}`),
    type: fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain', ''),
    body: fc.oneof(
      mutatedText(corpus.map(({ body }) => body)),
      fc.json(),
      fc.string({ unit: 'binary', maxLength: 200 }),
    ),
  }),
  parse,
  async check(callback) {
    // A longer path, or another segment of it, is a wrong secret.
    expect([200, 401, 404]).toContain(await send(callback));
    fuzzed.expectNoBug();
  },
  async checkAfterwards() {
    expect(await send({ search: '?messageid=1', type: '', body: '' })).toBe(200);
    await fuzzed.expectSessionsAtMost(0);
    await fuzzed.expectAnswers();
  },
});

async function send({ search, type, body }: Callback): Promise<number | undefined> {
  const path = `/api/webhooks/kavenegar/status/${CALLBACK_SECRET}${sendable(search)}`;
  return new Promise((resolve, reject) => {
    const sent = request(`${fuzzed.gateway.url}/`, { path, method: 'POST', headers: { 'content-type': type } });
    sent.on('error', reject).on('response', (response) => {
      void text(response).then(() => resolve(response.statusCode), reject);
    });
    sent.end(body);
  });
}
