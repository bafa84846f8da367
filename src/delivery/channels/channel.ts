import type { ChannelName } from '../../config/config.js';

/** One message to one phone. The text holds a code: it is handed to the provider and kept nowhere. */
export interface Message {
  deliveryId: string;
  attemptId: string;
  /** E.164. */
  phone: string;
  code: string;
  text: string;
  locale: string;
}

/** What a provider answered, in one model for all of them. */
export type SendResult =
  | { outcome: 'accepted'; providerId: string | null }
  | { outcome: 'failed'; failure: SendFailure };

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

/** One way to a phone through one provider. It never throws: whatever goes wrong is a result. */
export interface Channel {
  name: ChannelName;
  send(message: Message): Promise<SendResult>;
}
