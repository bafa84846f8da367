import { type Locale, LOCALES, isLocale } from './locale.js';

/** Every text that our pages show, but for the failures that the gateway itself explains. */
export interface Texts {
  languages: string;
  signInTo: (title: string) => string;
  phone: string;
  phoneHint: string;
  sendCode: string;
  withWhatsApp: string;
  withCode: string;
  otherPhone: string;
  backToCode: string;
  /** A part stands where the number, which is shown left to right, goes: {phone}. */
  codeSentTo: string;
  code: string;
  codeHint: (digits: string) => string;
  signIn: string;
  sendAgain: string;
  sendAgainIn: (time: string) => string;
  sendAgainBy: (way: string) => string;
  validFor: (time: string) => string;
  triesLeft: (count: string) => string;
  tryAgainIn: (time: string) => string;
  openDeveloper: string;
  ways: { whatsapp: string; sms: string; developer: string };
  delivery: {
    sending: (way: string) => string;
    sent: (way: string) => string;
    /** Stands after what was sent: “Sent by SMS · delivered”. */
    arrived: string;
    opened: string;
    lost: (way: string) => string;
    instead: (lost: string, way: string) => string;
  };
  whatsapp: {
    scan: string;
    open: string;
    openHere: string;
    showQr: string;
    qr: string;
    developer: string;
    orSend: string;
    copy: string;
    copied: string;
    waiting: string;
    expired: string;
    renew: string;
    confirm: string;
  };
  closed: {
    EXPIRED: string;
    CANCELED: string;
    TOO_MANY_TRIES: string;
    USER_NOT_FOUND: string;
    USER_BLOCKED: string;
    UNDELIVERABLE: string;
    PHONE_HIDDEN: string;
    CLAIMED: string;
  };
  newCode: string;
  working: string;
  /** What was asked for was not done. */
  noNetwork: string;
  /** While only waiting. */
  offline: string;
  unavailable: string;
  account: {
    title: string;
    role: string;
    devices: string;
    thisDevice: string;
    lastSeen: (when: string) => string;
    signOutDevice: (device: string) => string;
    unknownDevice: string;
    signOut: string;
    signOutEverywhere: string;
    continueTo: (host: string) => string;
    returning: (host: string) => string;
    otherPerson: string;
  };
  redirectRefused: string;
  toLogin: string;
}

const READERS: Record<Locale, () => Promise<Texts>> = {
  en: async () => (await import('./en.js')).en,
  ru: async () => (await import('./ru.js')).ru,
  kk: async () => (await import('./kk.js')).kk,
  ky: async () => (await import('./ky.js')).ky,
  fa: async () => (await import('./fa.js')).fa,
};

/** The texts of a language, fetched when somebody reads it. */
export const textsIn = (locale: Locale): Promise<Texts> => READERS[locale]();

/** The first language we speak among those that a person reads; English if none. */
export function chooseLocale(wishes: readonly (string | null | undefined)[]): Locale {
  for (const wish of wishes) {
    const language = wish?.split('-')[0]?.toLowerCase() ?? '';
    if (isLocale(language)) return language;
  }
  return 'en';
}

export { type Locale, LOCALES };
