import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deliverWebhook, incomingText, requestOtp, somePhone } from '../../support/calls.js';
import { INSTANCE } from '../../support/gateway.js';
import {
  deliver,
  expectIgnored,
  expectSignedIn,
  start,
  statusOf,
  testNothingSecretIsLogged,
  useGateways,
} from './gateways.js';

const whatsapp = useGateways();

describe('a login message', () => {
  test.each<[string, (text: string) => string]>([
    ['as the QR code has it', (text) => text],
    ['in lower case', (text) => text.toLowerCase()],
    ['in upper case', (text) => text.toUpperCase()],
    ['with invisible characters', (text) => `\u200E\uFEFF${text.replace('LOGIN', 'LO\u200BGIN\u00AD')}\u2069`],
    ['with no-break and double spaces', (text) => `  ${text.replaceAll(' ', ' \u00A0')}\n`],
    ['in full-width letters', (text) => text.replace('AMT', 'ＡＭＴ')],
  ])('signs in %s', async (_, write) => {
    const attempt = await start();
    const phone = somePhone();
    expect(await deliverWebhook(whatsapp.gateway().url, incomingText(write(attempt.loginMessage), phone))).toBe(200);
    expect(await statusOf(attempt)).toBe('COMPLETED');
    await expectSignedIn(attempt, phone);
  });

  test.each<[string, (text: string) => object]>([
    [
      'an extended text',
      (text) => ({
        typeMessage: 'extendedTextMessage',
        extendedTextMessageData: { text, forwardingScore: 0, isForwarded: false },
      }),
    ],
    [
      'a reply, whose own text it is',
      (text) => ({
        typeMessage: 'quotedMessage',
        extendedTextMessageData: { text, stanzaId: 'A', participant: '77010000001@c.us' },
        quotedMessage: {
          stanzaId: 'A',
          participant: '77010000001@c.us',
          typeMessage: 'textMessage',
          textMessage: 'Hello',
        },
      }),
    ],
  ])('signs in as %s', async (_, messageData) => {
    const attempt = await start();
    const phone = somePhone();
    await deliver(incomingText('', phone, { messageData: messageData(attempt.loginMessage) }));
    await expectSignedIn(attempt, phone);
  });

  test.each<[string, string, (text: string) => object]>([
    [
      'a text forwarded by flag',
      'forwarded',
      (text) => ({
        typeMessage: 'extendedTextMessage',
        extendedTextMessageData: { text, forwardingScore: 0, isForwarded: true },
      }),
    ],
    [
      'a text forwarded by score',
      'forwarded',
      (text) => ({
        typeMessage: 'extendedTextMessage',
        extendedTextMessageData: { text, forwardingScore: 1, isForwarded: false },
      }),
    ],
    [
      'a plain text forwarded by flag',
      'forwarded',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text, isForwarded: true } }),
    ],
    [
      'a plain text forwarded by score',
      'forwarded',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text, forwardingScore: 4 } }),
    ],
    [
      'a caption',
      'not_a_text',
      (text) => ({ typeMessage: 'imageMessage', fileMessageData: { downloadUrl: '', caption: text } }),
    ],
    [
      'an edit',
      'not_a_text',
      (text) => ({ typeMessage: 'editedMessage', editedMessageData: { textMessage: text, stanzaId: 'A' } }),
    ],
    [
      'a reaction',
      'not_a_text',
      (text) => ({
        typeMessage: 'reactionMessage',
        extendedTextMessageData: { text },
        quotedMessage: { stanzaId: 'A', participant: '77010000001@c.us' },
      }),
    ],
    [
      'a button',
      'not_a_text',
      (text) => ({
        typeMessage: 'buttonsResponseMessage',
        buttonsResponseMessage: { stanzaId: 'A', selectedButtonId: '1', selectedButtonText: text },
      }),
    ],
    [
      'the text that a reply quotes',
      'no_login_message',
      (text) => ({
        typeMessage: 'quotedMessage',
        extendedTextMessageData: { text: 'Is this for me?', stanzaId: 'A', participant: '77010000001@c.us' },
        quotedMessage: {
          stanzaId: 'A',
          participant: '77010000001@c.us',
          typeMessage: 'textMessage',
          textMessage: text,
        },
      }),
    ],
    [
      'a text with words before',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: `Send this: ${text}` } }),
    ],
    [
      'a text with words after',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: `${text} please` } }),
    ],
    [
      'an attempt ID that lacks a digit',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text.slice(0, -1) } }),
    ],
    [
      'the attempt ID without the prefix',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text.replace('AMT LOGIN ', '') } }),
    ],
  ])('is ignored as %s', async (_, reason, messageData) => {
    const attempt = await start();
    await expectIgnored(
      attempt,
      incomingText('', somePhone(), { messageData: messageData(attempt.loginMessage) }),
      reason,
    );
  });

  const group = '120363043968066561@g.us';
  const user = '77010000002@c.us';
  const between = (sender: string, chatId: string) => ({
    senderData: { chatId, sender, chatName: '', senderName: '' },
  });
  test.each<[string, string, object]>([
    [
      "the operator's own text, sent from the phone",
      'not_an_incoming_message',
      { typeWebhook: 'outgoingMessageReceived' },
    ],
    [
      'the echo of a text that the gateway sent',
      'not_an_incoming_message',
      { typeWebhook: 'outgoingAPIMessageReceived' },
    ],
    [
      'a message to another instance',
      'other_instance',
      { instanceData: { idInstance: INSTANCE + 1, wid: '77010000001@c.us' } },
    ],
    ['a message without an instance', 'other_instance', { instanceData: undefined }],
    [
      'a message to another number',
      'other_number',
      { instanceData: { idInstance: INSTANCE, wid: '77010000099@c.us' } },
    ],
    ['a message in a group', 'not_one_to_one', between(user, group)],
    ['a message whose sender is a group', 'not_one_to_one', between(group, group)],
    ['a message of a hidden sender in a group', 'not_one_to_one', between('155508384256027@lid', group)],
    [
      'a message in a channel',
      'not_one_to_one',
      between('120363043968066561@newsletter', '120363043968066561@newsletter'),
    ],
    ['a status update', 'not_one_to_one', between(user, 'status@broadcast')],
    ['a message between two phones', 'not_one_to_one', between(user, '77010000003@c.us')],
    ['a message without a sender', 'not_one_to_one', between('', '')],
    ['a message whose sender lacks a suffix', 'not_one_to_one', between('77010000002', '77010000002')],
    [
      'a message whose sender has more digits than a phone',
      'not_one_to_one',
      between('1555083842560271@c.us', '1555083842560271@c.us'),
    ],
  ])('is ignored as %s', async (_, reason, change) => {
    const attempt = await start();
    await expectIgnored(attempt, incomingText(attempt.loginMessage, user, change), reason);
  });

  test('signs in while the instance has no number, because it is not signed in to WhatsApp', async () => {
    const attempt = await start();
    const phone = somePhone();
    await deliver(incomingText(attempt.loginMessage, phone, { instanceData: { idInstance: INSTANCE, wid: '' } }));
    await expectSignedIn(attempt, phone);
  });

  test('is ignored with the ID of no attempt', async () => {
    const { status, lines } = await deliver(incomingText(`AMT LOGIN ${randomUUID()}`, somePhone()));
    expect(status).toBe(200);
    expect(lines).toMatchObject([{ event: 'webhook.ignored', reason: 'no_such_attempt' }]);
  });

  test('is ignored with the ID of an attempt by code', async () => {
    const phone = somePhone();
    const attempt = await requestOtp(whatsapp.gateway().graphqlUrl, { phone });
    await expectIgnored(attempt, incomingText(`AMT LOGIN ${attempt.attemptId}`, phone), 'no_such_attempt');
  });
});

testNothingSecretIsLogged();
