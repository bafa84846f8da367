/** Every text of the form, except for the errors, which the gateway words itself. */
export interface Texts {
  phone: string;
  phoneHint: string;
  sendCode: string;
  withWhatsApp: string;
  withCode: string;
  otherPhone: string;
  backToCode: string;
  /** {phone} is replaced by the number, which is shown left to right. */
  codeSentTo: string;
  code: string;
  codeHint: (digits: string) => string;
  signIn: string;
  /** Beside the phone number that the code was sent to. */
  change: string;
  /** The name of the step that shows the two digits. */
  confirmInWhatsApp: string;
  /** After the user sent other digits by WhatsApp than the two that are shown. */
  wrongNumber: string;
  confirmAgain: string;
  /** After the right code of a user who must confirm by WhatsApp, above the two digits. */
  confirmCode: string;
  /** After the right code of a user whose sign-in an administrator must approve. */
  needsApproval: string;
  /** On a button that was pressed without a network. */
  waitingForNetwork: string;
  cancel: string;
  sendAgain: string;
  sendAgainIn: (time: string) => string;
  sendAgainBy: (channel: string) => string;
  sendAgainToDeveloper: string;
  validFor: (time: string) => string;
  triesLeft: (count: string) => string;
  /** Stands before `tryAgainIn`. */
  tooManyAttempts: string;
  tryAgainIn: (time: string) => string;
  openDeveloper: string;
  /** By the kind of the channel. */
  channelNames: {
    whatsapp: string;
    telegram: string;
    max: string;
    sms: string;
    call: string;
    developer: string;
  };
  delivery: {
    sending: (channel: string) => string;
    sent: (channel: string) => string;
    /** In place of `sending` and `sent`, while the phone rings. */
    calling: string;
    sentToDeveloper: string;
    /** Follows `sent`: “Sent by SMS · delivered”. */
    arrived: string;
    /** An earlier message by another channel is not lost. */
    asWell: (channel: string) => string;
    lost: (channel: string) => string;
    instead: (lost: string, channel: string) => string;
  };
  whatsapp: {
    scan: string;
    open: string;
    openHere: string;
    showQr: string;
    qr: string;
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
  /** While the browser solves a captcha. */
  solvingCaptcha: string;
  /** A request failed. */
  noNetwork: string;
  /** The page waits and the browser is offline. */
  offline: string;
  unavailable: string;
}
