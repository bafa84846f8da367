import type { CountryCode } from 'libphonenumber-js/max';
import type { ChannelName } from '../../config/config.js';

/** One message to one phone. Text and code are handed to the provider and kept nowhere. */
export interface Message {
  deliveryId: string;
  attemptId: string;
  /** E.164. */
  phone: string;
  code: string;
  text: string;
  /** What the provider calls its own approved text, where our template names one. */
  providerTemplate: string | undefined;
}

/** How far a message has come, as a provider can tell. */
export type ReceiptStatus = 'ACCEPTED' | 'SENT' | 'DELIVERED' | 'READ' | 'UNDELIVERED' | 'FAILED';

/** What a provider says of a message it took. `detail` is its own code, never its own words. */
export interface Receipt {
  status: ReceiptStatus;
  failure?: SendFailure;
  detail?: string;
}

/** What a provider answered to a message, in one model for all of them. */
export type SendResult = Accepted | Failed;

export interface Accepted {
  outcome: 'accepted';
  providerId: string | null;
  /** Where the answer already says more than that it was taken. */
  status?: 'SENT' | 'DELIVERED';
  /** The provider's own name of the text it sent. */
  template?: string;
  segments?: number;
  /** In the provider's own currency. */
  cost?: number;
}

export interface Failed {
  outcome: 'failed';
  failure: SendFailure;
  /** Nothing was sent, and the same again in a moment may succeed. */
  retry: boolean;
  /** For the operator: the provider's code, or ours. */
  detail: string;
}

export type SendFailure =
  | 'invalid_number'
  | 'not_on_channel'
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

/** Whether a message may have gone out all the same: nobody said no, there was no answer, or none that can be read. */
export function mayHaveBeenSent({ failure, detail }: Failed): boolean {
  if (failure === 'timeout' || detail === 'unreadable answer') return true;
  // The connection broke, having stood.
  return /^(no answer|ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_(?!CONNECT_TIMEOUT)\w+)$/.test(detail);
}

/** One way to a phone through one provider. It never throws: whatever goes wrong is a result. */
export interface Channel {
  name: ChannelName;
  /** Whether it reaches phones of this country. */
  serves(country: CountryCode | undefined): boolean;
  /** Whether it carries any text of ours, and so a notice too; the others know approved texts for codes only. */
  carriesNotices: boolean;
  /** Whether a delivery's status can be learnt later. Without, nothing is waited for. */
  hasReceipts: boolean;
  /** Whether sending again under the same delivery id sends nothing twice. */
  isIdempotent: boolean;
  /** Why it would take no message just now, as far as that is known without trying. */
  refusal?: () => Promise<Failed | undefined>;
  /** Ends, one way or the other, soon after the signal. */
  send(message: Message, signal: AbortSignal): Promise<SendResult>;
  /** How far these messages have come, by provider id; what the provider does not know is left out. */
  receiptsOf?: (providerIds: string[]) => Promise<Map<string, Receipt>>;
}
