/** One message as lastIncomingMessages, lastOutgoingMessages, getMessage and getChatHistory return it. */
export interface JournalRecord {
  type: 'incoming' | 'outgoing';
  idMessage: string;
  timestamp: number;
  typeMessage: string;
  chatId: string;
  textMessage: string;
  extendedTextMessage?: object;
  senderId?: string;
  senderName?: string;
  senderContactName?: string;
  isForwarded?: boolean;
  forwardingScore?: number;
  statusMessage?: string;
  sendByApi?: boolean;
}

/** Newest first. */
export const newestFirst = (records: readonly JournalRecord[]): JournalRecord[] => records.toReversed();
