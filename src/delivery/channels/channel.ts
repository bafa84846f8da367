import type { CountryCode } from 'libphonenumber-js/max';

/** The name of a channel, as it is written in the environment, the code, the database and the log. */
export type ChannelName = string;

/** One message to one phone. The text and the code go to the provider and are not stored. */
export interface Message {
  deliveryId: string;
  attemptId: string;
  /** E.164. */
  phone: string;
  code: string;
  text: string;
  /** The name of a text that the provider has approved, if our template contains one. */
  providerTemplate: string | undefined;
  /** The language of the text. A test message has none. */
  locale?: string;
  /** How long the code is valid. */
  ttlSeconds?: number;
}

/** The delivery status of a message, as a provider reports it. */
export type ReceiptStatus = 'ACCEPTED' | 'SENT' | 'DELIVERED' | 'READ' | 'UNDELIVERED' | 'FAILED';

/** A provider's report on a message that it accepted. */
export interface Receipt {
  status: ReceiptStatus;
  failure?: SendFailure;
  /** The provider's result code, never its text. */
  detail?: string;
}

/** A provider's answer to a message. All providers use this type. */
export type SendResult = Accepted | Failed;

export interface Accepted {
  outcome: 'accepted';
  /** The provider's ID of the message. */
  providerId: string | null;
  /** Set if the answer already reports more than acceptance. */
  status?: 'SENT' | 'DELIVERED';
  /** The provider's name of the approved text that it sent. */
  template?: string;
  /** Number of SMS parts of the text. */
  segments?: number;
  /** In the provider's own currency. */
  cost?: number;
  /** The provider refused an approved text first, and then accepted our own. */
  afterRefusal?: Failed;
}

export interface Failed {
  outcome: 'failed';
  failure: SendFailure;
  /** Nothing was sent, and the same request may succeed in a moment. */
  retry: boolean;
  /** For operators: the provider's result code, or our own. */
  detail: string;
}

export type SendFailure =
  | 'invalid_number'
  | 'not_on_channel'
  | 'country_refused' // the account may not send to the country of the phone
  | 'rate_limited'
  | 'authentication'
  | 'insufficient_credit'
  | 'template_rejected'
  | 'sender_rejected'
  | 'account_restricted'
  | 'channel_down'
  | 'timeout'
  | 'unknown';

export function failed(failure: SendFailure, detail: string, { retry = false } = {}): Failed {
  return { outcome: 'failed', failure, retry, detail };
}

/** Detail of a message whose time ended before it was passed to the provider. */
export const NOT_SENT_IN_TIME = 'its time ended before its turn';

/** Detail of a message to a phone to which the account has not written this month, where its plan allows no further phone. */
export const NO_NEW_CHAT = 'HTTP 466: chats of this month';

/** Begins the detail of a message to a country or a phone that the operator must enable in the account first. */
export const NOT_ENABLED = 'not enabled: ';

/** Detail of a message abroad for which the credit is too small. It may still pay for cheaper messages at home. */
export const NO_CREDIT_ABROAD = '418: abroad';

/** Whether a failure of the account concerns one phone or one country: other phones still get messages. */
export const isOfOnePhone = ({ detail }: Failed): boolean =>
  detail === NO_NEW_CHAT || detail === NO_CREDIT_ABROAD || detail.startsWith(NOT_ENABLED);

const BEFORE_MESSAGE = 'before the message: ';

/** The failure of a request that comes before the one with the message, such as one for a token: nothing was sent, whatever happened. */
export function beforeMessage(failure: Failed): Failed {
  const retry = failure.retry || failure.failure === 'channel_down';
  const detail = mayHaveBeenSent(failure) ? `${BEFORE_MESSAGE}${failure.detail}` : failure.detail;
  return { ...failure, retry, detail };
}

/** Whether the message may have been sent although sending failed: the answer is missing or unreadable. */
export function mayHaveBeenSent({ failure, detail }: Failed): boolean {
  if (detail === NOT_SENT_IN_TIME || detail.startsWith(BEFORE_MESSAGE)) return false;
  if (failure === 'timeout' || detail === 'unreadable answer') return true;
  // The connection was established and then broke.
  return /^(no answer|ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_(?!CONNECT_TIMEOUT)\w+)$/.test(detail);
}

/** One way to a phone through one provider. Its functions never throw: every failure is a result. */
export interface Channel {
  name: ChannelName;
  /** The only country whose numbers it knows for sure. Undefined: it knows the numbers of every country that it serves. */
  home?: CountryCode;
  /** The page on which the operator creates the approved texts that it sends. */
  templatePage?: string;
  /** The provider's name of the approved text for a message; undefined for our own text. */
  templateOf?: (message: Pick<Message, 'providerTemplate'>) => string | undefined;
  /** Whether it can reach phones of this country. */
  serves(country: CountryCode | undefined): boolean;
  /** Whether it sends any text, and so notifications too. Other channels send only approved texts with a code. */
  carriesNotifications: boolean;
  /** Whether the provider reports the delivery status later. If not, no receipt is awaited. */
  hasReceipts: boolean;
  /** Whether a second request with the same `deliveryId` sends no second message. */
  isIdempotent: boolean;
  /** The reason why it would refuse a message now, if that is known without sending one. */
  refusal?: () => Promise<Failed | undefined>;
  /** Settles soon after the signal aborts. */
  send(message: Message, signal: AbortSignal): Promise<SendResult>;
  /** The delivery status of messages by `providerId`. IDs that the provider does not know are left out. */
  receiptsOf?: (providerIds: string[]) => Promise<Map<string, Receipt>>;
  /** The delivery status of one message, for commands, where receipts come by webhook only. */
  receiptOf?: (message: { phone: string; providerId: string }) => Promise<Receipt | undefined>;
}
