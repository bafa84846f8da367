import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect } from 'vitest';
import { type Result, deliverWebhook, startWhatsAppLogin } from '../support/calls.js';
import { WEBHOOK_TOKEN } from '../support/config.js';
import { useFuzzedGateway } from './fuzz/fuzzed-gateway.js';
import { mutatedJson, mutatedText } from './fuzz/mutate.js';
import { readCorpus, testTarget } from './fuzz/test-target.js';

const NAME = 'green-api-webhook';
const FIXTURES = new URL('../../simulators/fixtures/greenapi/', import.meta.url);
const fixtures = readdirSync(FIXTURES)
  .filter((name) => name.startsWith('webhook.'))
  .map((name) => readFileSync(new URL(name, FIXTURES), 'utf8'));
const corpus = readCorpus(NAME).map(([, file]) => file.toString());

/** Replaced by the values of the gateway under test: its instance, and the login message of an open attempt. */
const OUR_INSTANCE = '1101000001';
const OPEN_LOGIN = 'AMT LOGIN <open>';

const text = (change: object) => ({
  typeWebhook: 'incomingMessageReceived',
  instanceData: { idInstance: OUR_INSTANCE, wid: '77010000001@c.us', typeInstance: 'whatsapp' },
  timestamp: 4_000_000_000,
  idMessage: '3A1F0C7E5B2D4A6981C0',
  senderData: { chatId: '77010000002@c.us', sender: '77010000002@c.us', senderName: 'Aigerim' },
  messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: OPEN_LOGIN } },
  ...change,
});

/** Messages with the login text of an open attempt. None of them may sign in, whatever their other fields contain. */
const FORGED = [
  { instanceData: { idInstance: 1101000009, wid: '77010000001@c.us' } },
  { senderData: { chatId: '120363043968066561@g.us', sender: '77010000002@c.us' } },
  { typeWebhook: 'outgoingMessageReceived' },
  { messageData: { typeMessage: 'reactionMessage', extendedTextMessageData: { text: OPEN_LOGIN } } },
  { messageData: { typeMessage: 'imageMessage', fileMessageData: { caption: OPEN_LOGIN } } },
];
const forged = fc
  .tuple(mutatedJson([text({})]), fc.constantFrom(...FORGED))
  .map(([body, forgery]) => JSON.stringify({ ...body, ...forgery }));

const any = fc.oneof(
  {
    weight: 4,
    arbitrary: mutatedJson(fixtures.map((one) => JSON.parse(one) as object)).map((one) => JSON.stringify(one)),
  },
  { weight: 2, arbitrary: forged },
  { weight: 2, arbitrary: mutatedText([...fixtures, ...corpus]) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
);

const fuzzed = useFuzzedGateway();
let open: Result;
beforeAll(async () => {
  open = await startWhatsAppLogin(fuzzed.gateway.graphqlUrl);
});

testTarget<string>({
  name: NAME,
  random: any,
  parse: (file) => [file.toString()],
  async check(input) {
    const body = input
      .replaceAll(OUR_INSTANCE, fuzzed.providers.greenApi.idInstance)
      .replaceAll(OPEN_LOGIN, open.loginMessage);
    expect(await deliverWebhook(fuzzed.gateway.url, body, { token: WEBHOOK_TOKEN }), 'HTTP status').toBe(200);
    fuzzed.expectNoBug();
    const proven = await fuzzed.database.query(
      `SELECT status::text FROM login_attempts WHERE status NOT IN ('PENDING', 'EXPIRED')
       UNION ALL SELECT 'a user' FROM users`,
    );
    expect(proven, 'attempts and users').toEqual([]);
  },
  async checkAfterwards() {
    await fuzzed.expectSessionsAtMost(0);
    await fuzzed.expectAnswers();
  },
});
