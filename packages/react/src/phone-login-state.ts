import type { DeliveryChannel, DeliveryStatus } from '@phonegate/client';
import type { QrCode } from './draw-qr.js';
import type { Ending } from './flow/state.js';
import type { I18n } from './i18n.js';
import type { LoginProblem } from './login-problem.js';

/** What a login form shows, and what its user can do. */
export interface PhoneLoginState extends PhoneLoginActions {
  /**
   * `false` on a server and in the first render of a browser. Then `true`: `step` is where an earlier visit or another tab has
   * left off.
   */
  ready: boolean;
  /** The step to show. `code` is defined in the step `code`, and `whatsapp` in the step `whatsapp`. */
  step: 'phone' | 'code' | 'whatsapp';
  /** The phone number in the field, as the user types it. */
  phone: string;
  /** How the gateway reads `phone`. `undefined` until the user pauses typing, and for a text that is no phone number. */
  recognizedPhone: LocalizedPhone | undefined;
  /** The code that was sent last, also while another step is shown. `undefined` when there is none. */
  code: CodeAttempt | undefined;
  /** The login by WhatsApp that was started last, also while another step is shown. `undefined` when there is none. */
  whatsapp: WhatsAppAttempt | undefined;
  /** A request is on its way. Actions do nothing until it is done. */
  busy: boolean;
  /**
   * The last request was made without a network. It is sent by itself once there is one, unless `setPhone` or `goTo` drops it
   * before: `goTo(step)` cancels it.
   */
  waitingForNetwork: boolean;
  /** The gateway has demanded a captcha, and the browser solves it. `busy` is true too. */
  solvingCaptcha: boolean;
  /** The browser reports that there is no network. */
  offline: boolean;
  /** A user is signed in: the form is no longer needed. */
  signedIn: boolean;
  /** Why the last request failed; `undefined` when it did not. */
  problem: LoginProblem | undefined;
  /** Whole seconds until a request that was refused as too early is accepted; 0 when it is. Not in the text of `problem`. */
  secondsUntilRetry: number;
  /** The texts of our form in the user's language, its direction, and how it writes numbers and times. */
  i18n: I18n;
}

/** No action rejects: what goes wrong is shown as `problem`. */
export interface PhoneLoginActions {
  /** Sets `phone`. */
  setPhone(phone: string): void;
  /**
   * Sends a code to `phone`, and shows the step `code`. Shows the code that was sent before if that is still valid and for the
   * same number.
   *
   * @param options.phone default: the number in the field
   * @param options.channel default: the first of the gateway's route that works
   */
  requestCode(options?: { phone?: string; channel?: DeliveryChannel }): Promise<void>;
  /** Sends the same code again; by `channel` if one is given. */
  resendCode(options?: { channel?: DeliveryChannel }): Promise<void>;
  /** Signs the user in, or leaves a `problem`. Takes Persian and Arabic digits, too, and ignores everything but digits. */
  submitCode(code: string): Promise<void>;
  /** Shows the step `whatsapp`: with the attempt that is still valid, or else with a new one. */
  startWhatsApp(): Promise<void>;
  /** Shows a step without a request. A code and a WhatsApp message that are on their way stay valid. */
  goTo(step: PhoneLoginState['step']): void;
}

/** A login by code. */
export interface CodeAttempt {
  /** ID of the attempt. A new one for each code. */
  attemptId: string;
  /** The phone number as the user typed it. */
  phone: string;
  /** The phone number in international form, to show to its user; as typed until the gateway has recognized it. */
  internationalPhone: string;
  /** The phone number in international form, with asterisks in its middle. */
  maskedPhone: string;
  /** How many digits the code has. */
  codeLength: number;
  /** Whole seconds until the code expires, or the second step after it; 0 afterwards. */
  secondsLeft: number;
  /** The code is right, but the user's role needs a second step: the user, or an administrator, must confirm the sign-in. */
  confirming: boolean;
  /** Two digits to show, which the user sends back by WhatsApp. `undefined` where only an administrator can approve the sign-in. */
  confirmationNumber: string | undefined;
  /** How many answers the user may still send after wrong digits. `undefined` until wrong digits have arrived. */
  confirmationTriesLeft: number | undefined;
  /** Whole seconds until the code can be sent again; 0 when it can. */
  secondsUntilResend: number;
  /** Whether `resendCode` can be called now. */
  canResend: boolean;
  /** The channel that has the code now. */
  channel: DeliveryChannel;
  /**
   * The channels to offer for `resendCode`, with their names and the texts of their buttons (“Send by SMS”) in the user's language.
   * Empty when there is no other.
   */
  otherChannels: { channel: DeliveryChannel; name: string; sendText: string }[];
  /** `undefined` until the gateway has reported one. */
  deliveryStatus: DeliveryStatus | undefined;
  /** The delivery status in the user's language: “Sent by WhatsApp · delivered”. */
  deliveryText: string;
  /** Why the code can no longer sign the user in; `undefined` while it can. Then only `requestCode` helps. */
  ending: Ending | undefined;
  /** `ending` in the user's language. */
  endingText: string | undefined;
}

/** A login by a WhatsApp message that the user sends. */
export interface WhatsAppAttempt {
  /** ID of the attempt. A new one for each message. */
  attemptId: string;
  /** The message to send. */
  loginMessage: string;
  /** Opens WhatsApp with the message filled in. `undefined` when the gateway's WhatsApp number is not known. */
  link: string | undefined;
  /** For another phone: leads to `link`, or contains the message when there is no link. */
  qr: QrCode;
  /** Whole seconds until the attempt expires; 0 afterwards. */
  secondsLeft: number;
  /** The message has arrived, and the user, or an administrator, must confirm the sign-in. */
  confirming: boolean;
  /**
   * Two digits to show: the message has arrived, and the user must answer it in WhatsApp with them. `undefined` before, and where
   * the gateway asks for no confirmation. `undefined` too while `confirming` is for an administrator only.
   */
  confirmationNumber: string | undefined;
  /** How many answers the user may still send after wrong digits. `undefined` until wrong digits have arrived. */
  confirmationTriesLeft: number | undefined;
  /** Why the message can no longer sign the user in; `undefined` while it can. Then only `startWhatsApp` helps. */
  ending: Ending | undefined;
  /** `ending` in the user's language. */
  endingText: string | undefined;
}

/** How the gateway reads a phone number that is being typed. */
export interface LocalizedPhone {
  /** Two-letter code (ISO 3166-1); `undefined` for a number of no country. */
  country: string | undefined;
  /** Name of the country in the user's language. `undefined` until the names are loaded, and for a number of no country. */
  countryName: string | undefined;
  /** `+7 701 000 00 02` */
  international: string;
  /** Whether the number has all its digits. */
  complete: boolean;
}
