import { describe, expect, test } from 'vitest';
import type { LoginAttempt } from '@phonegate/client';
import { drawQr } from './draw-qr.js';
import { type CodeLogin, type LoginState, START, type WhatsAppLogin } from './flow/state.js';
import { i18nFor } from './i18n.js';
import { viewLogin, viewRecognizedPhone } from './login-view.js';

const NOW = Date.UTC(2026, 10, 21);
const LINK = 'https://wa.me/77010000001?text=AMT%20LOGIN';

const code: CodeLogin = {
  attemptId: 'code',
  secret: 'kept from the application',
  phone: '8 701 000 00 02',
  maskedPhone: '+7701*****02',
  channel: 'GREEN_API',
  channels: ['GREEN_API', 'KAVENEGAR_SMS'],
  expiresAt: NOW + 300_000,
  resendAt: NOW + 29_001,
  codeLength: 6,
};
const whatsapp: WhatsAppLogin = {
  attemptId: 'whatsapp',
  secret: 'kept from the application',
  loginMessage: 'AMT LOGIN',
  qrPayload: LINK,
  expiresAt: NOW + 60_000,
};

const view = (changes: Partial<LoginState>, now = NOW) => {
  const state = { ...START, ...changes };
  const qr = state.whatsapp && drawQr(state.whatsapp.qrPayload);
  return viewLogin(state, qr, { i18n: i18nFor('en'), now });
};

const attempt = (fields: Partial<LoginAttempt>) => fields as LoginAttempt;

describe('a login by code', () => {
  test('counts down in whole seconds, rounded up, to zero', () => {
    const seconds = (now: number) => {
      const { code: shown } = view({ step: 'code', code }, now);
      return [shown?.secondsLeft, shown?.secondsUntilResend, shown?.canResend];
    };
    expect(seconds(NOW)).toEqual([300, 30, false]);
    expect(seconds(NOW + 29_001)).toEqual([271, 0, true]);
    expect(seconds(NOW + 301_000)).toEqual([0, 0, false]);
  });

  test('shows the number as it was typed until its international form is known', () => {
    const number = (changes: Partial<CodeLogin>) =>
      view({ step: 'code', code: { ...code, ...changes } }).code?.internationalPhone;
    expect(number({})).toBe('8 701 000 00 02');
    expect(number({ international: '+7 701 000 0002' })).toBe('+7 701 000 0002');
  });

  test('that needs a second step shows its number, and lasts as long as that step', () => {
    const confirming = (confirmationNumber: string | null, now = NOW) => {
      const expiresAt = new Date(NOW + 600_000).toISOString();
      const waiting = attempt({ status: 'CONFIRMING', confirmationNumber, confirmationTriesLeft: null, expiresAt });
      return view({ step: 'code', code: { ...code, attempt: waiting } }, now).code;
    };
    expect(view({ step: 'code', code }).code).toMatchObject({ confirming: false, confirmationNumber: undefined });
    expect(confirming('47')).toMatchObject({ confirming: true, confirmationNumber: '47', secondsLeft: 600 });
    expect(confirming(null)).toMatchObject({ confirming: true, confirmationNumber: undefined });
    expect(confirming('47', NOW + 599_000)).toMatchObject({ ending: undefined, secondsLeft: 1 });
    expect(confirming('47', NOW + 601_000)?.ending).toBe('EXPIRED');
  });

  test('can not be sent again while a request is on its way', () => {
    expect(view({ step: 'code', code, busy: true }, NOW + 30_000).code?.canResend).toBe(false);
  });

  test('names the delivery status and the other channels', () => {
    const delivery: LoginAttempt['delivery'] = {
      channel: 'GREEN_API',
      status: 'DELIVERED',
      previousChannels: [],
    };
    const shown = view({ step: 'code', code: { ...code, attempt: attempt({ delivery }) } }).code;
    expect(shown).toMatchObject({
      channel: 'GREEN_API',
      deliveryStatus: 'DELIVERED',
      deliveryText: expect.stringContaining('WhatsApp'),
      otherChannels: [{ channel: 'KAVENEGAR_SMS', name: 'SMS', sendText: 'Send by SMS' }],
    });
  });

  test('says in words why it has ended', () => {
    const { texts } = i18nFor('en');
    expect(view({ step: 'code', code }).code).toMatchObject({ ending: undefined, endingText: undefined });
    expect(view({ step: 'code', code: { ...code, ended: 'TOO_MANY_TRIES' } }).code).toMatchObject({
      ending: 'TOO_MANY_TRIES',
      endingText: texts.closed.TOO_MANY_TRIES,
    });
  });

  test('keeps the secret of the attempt', () => {
    expect(JSON.stringify(view({ code, whatsapp }))).not.toContain('kept from');
  });
});

describe('a login by WhatsApp', () => {
  test('has a link and a QR code for it', () => {
    expect(view({ step: 'whatsapp', whatsapp }).whatsapp).toMatchObject({
      link: LINK,
      qr: drawQr(LINK),
      secondsLeft: 60,
    });
  });

  test('has no link where the WhatsApp number of the gateway is not known', () => {
    const shown = view({ step: 'whatsapp', whatsapp: { ...whatsapp, qrPayload: 'AMT LOGIN' } }).whatsapp;
    expect(shown).toMatchObject({ link: undefined, loginMessage: 'AMT LOGIN', qr: drawQr('AMT LOGIN') });
  });

  test('has a confirmation number only while it is to be confirmed', () => {
    const number = (status: LoginAttempt['status']) =>
      view({ step: 'whatsapp', whatsapp: { ...whatsapp, attempt: attempt({ status, confirmationNumber: '42' }) } })
        .whatsapp?.confirmationNumber;
    expect([number('PENDING'), number('CONFIRMING'), number('COMPLETED')]).toEqual([undefined, '42', undefined]);
  });
});

describe('the step', () => {
  test('is phone where there is nothing to show in another one', () => {
    expect([view({ step: 'code' }).step, view({ step: 'whatsapp' }).step]).toEqual(['phone', 'phone']);
    expect([view({ step: 'code', code }).step, view({ step: 'whatsapp', whatsapp }).step]).toEqual([
      'code',
      'whatsapp',
    ]);
  });
});

describe('a countdown', () => {
  test.each([
    ['runs while a code is valid', { step: 'code', code }, true],
    ['runs in the step before, which leads back to the code', { step: 'phone', code }, true],
    ['stops when the code has ended', { step: 'code', code: { ...code, expiresAt: NOW - 1 } }, false],
    ['runs while the QR code is shown', { step: 'whatsapp', whatsapp }, true],
    ['does not run for a QR code that is not shown', { step: 'phone', whatsapp }, false],
    ['does not run before a request', {}, false],
    ['runs until a refused request can be repeated', { problem: { of: 'login', code: '', retryAt: NOW + 500 } }, true],
    ['stops when a refused request can be repeated', { problem: { of: 'login', code: '', retryAt: NOW } }, false],
  ] as [string, Partial<LoginState>, boolean][])('%s', (_, state, countsDown) => {
    expect(view(state).countsDown).toBe(countsDown);
  });
});

test('a recognized phone has the name of its country once the names are loaded', () => {
  const phone = { country: 'KZ', international: '+7 701 000 00 02', complete: true };
  expect(viewRecognizedPhone(phone, () => 'Kazakhstan').countryName).toBe('Kazakhstan');
  expect(viewRecognizedPhone(phone, undefined)).toEqual({ ...phone, countryName: undefined });
  expect(viewRecognizedPhone({ ...phone, country: null }, () => 'Kazakhstan')).toMatchObject({
    country: undefined,
    countryName: undefined,
  });
});
