import type { LoginAttempt, RecognizedPhone } from '@phonegate/client';
import { deliveryText, otherChannels } from './delivery.js';
import type { QrCode } from './draw-qr.js';
import { type CodeLogin, type LoginState, type WhatsAppLogin, endingOf } from './flow/state.js';
import type { I18n } from './i18n.js';
import type { CountryName } from './locales/country-names/load-country-names.js';
import type { CodeAttempt, PhoneLoginState, LocalizedPhone, WhatsAppAttempt } from './phone-login-state.js';

interface Moment {
  i18n: I18n;
  /** The gateway's time, in milliseconds since 1970. */
  now: number;
}

/** Whole seconds until a time; 0 afterwards. */
const secondsUntil = (time: number, now: number) => Math.max(0, Math.ceil((time - now) / 1000));

/** What a form shows of the state at a moment. */
export function viewLogin(
  state: LoginState,
  qr: QrCode | undefined,
  moment: Moment,
): Pick<PhoneLoginState, 'step' | 'code' | 'whatsapp' | 'secondsUntilRetry'> & { countsDown: boolean } {
  const code = state.code && viewCode(state.code, state.busy, moment);
  const whatsapp = state.whatsapp && qr && viewWhatsApp(state.whatsapp, qr, moment);
  const secondsUntilRetry = secondsUntil(state.problem?.retryAt ?? 0, moment.now);
  const step = (state.step === 'code' && !code) || (state.step === 'whatsapp' && !whatsapp) ? 'phone' : state.step;
  const countsDown = isOpen(code) || (step === 'whatsapp' && isOpen(whatsapp)) || secondsUntilRetry > 0;
  return { step, code, whatsapp, secondsUntilRetry, countsDown };
}

const isOpen = (attempt: CodeAttempt | WhatsAppAttempt | undefined) => attempt !== undefined && !attempt.ending;

/** Until when the user can do the present step. */
const endOf = ({ attempt, expiresAt }: Pick<CodeLogin, 'attempt' | 'expiresAt'>) =>
  attempt?.status === 'CONFIRMING' ? Date.parse(attempt.expiresAt) : expiresAt;

function viewCode(login: CodeLogin, busy: boolean, { i18n, now }: Moment): CodeAttempt {
  const { attemptId, phone, maskedPhone, codeLength, attempt } = login;
  const ending = endingOf(login, now);
  const secondsUntilResend = secondsUntil(login.resendAt, now);
  return {
    attemptId,
    phone,
    internationalPhone: login.international ?? phone,
    maskedPhone,
    codeLength,
    secondsLeft: secondsUntil(endOf(login), now),
    ...viewConfirmation(attempt),
    secondsUntilResend,
    canResend: !ending && !busy && secondsUntilResend === 0,
    channel: attempt?.delivery?.channel ?? login.channel,
    otherChannels: otherChannels(login, i18n.texts),
    deliveryStatus: attempt?.delivery?.status,
    deliveryText: deliveryText(login, i18n.texts),
    ending,
    endingText: ending && i18n.texts.closed[ending],
  };
}

function viewWhatsApp(login: WhatsAppLogin, qr: QrCode, { i18n, now }: Moment): WhatsAppAttempt {
  const { attemptId, loginMessage, qrPayload, attempt } = login;
  const { texts } = i18n;
  const ending = endingOf(login, now);
  return {
    attemptId,
    loginMessage,
    link: qrPayload.startsWith('https:') ? qrPayload : undefined,
    qr,
    secondsLeft: secondsUntil(endOf(login), now),
    ...viewConfirmation(attempt),
    ending,
    endingText: ending && (ending === 'EXPIRED' ? texts.whatsapp.expired : texts.closed[ending]),
  };
}

/** The second step of a sign-in. */
const viewConfirmation = (attempt: LoginAttempt | undefined) => ({
  confirming: attempt?.status === 'CONFIRMING',
  confirmationNumber: attempt?.status === 'CONFIRMING' ? (attempt.confirmationNumber ?? undefined) : undefined,
  confirmationTriesLeft: attempt?.confirmationTriesLeft ?? undefined,
});

export function viewRecognizedPhone(
  { country, international, complete }: RecognizedPhone,
  nameOf: CountryName | undefined,
): LocalizedPhone {
  return {
    country: country ?? undefined,
    countryName: country ? nameOf?.(country) : undefined,
    international,
    complete,
  };
}
