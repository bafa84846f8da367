import { emitIncoming, emitQuotaExceeded, extendedText } from './events.js';
import { type Instance, type LidMode, newIdMessage, secondsNow } from './instance.js';
import { chatOf, isLid, lidOf } from './lids.js';

/** A message that a user writes to the instance. */
export interface Incoming {
  /** Phone digits, or a lid. */
  from: string;
  text: string;
  name?: string;
  /** Overrides `lidMode`. */
  lid?: LidMode;
  /** The webhook identifies the user by lid only, and from now on checkWhatsapp hides the phone too. */
  hidden?: boolean;
  forwarded?: boolean;
  /** Overrides the control `sweFirst`. */
  sweFirst?: boolean;
  idMessage?: string;
  /** Seconds since the epoch. */
  timestamp?: number;
}

/** A message to an instance that is not authorized arrives when it is authorized again. @returns its idMessage */
export function receiveMessage(instance: Instance, incoming: Incoming): string {
  const idMessage = incoming.idMessage ?? newIdMessage('3A');
  const timestamp = incoming.timestamp ?? secondsNow(instance);
  const arrive = () => acceptIncoming(instance, { ...incoming, idMessage, timestamp });
  if (instance.state === 'authorized') arrive();
  else instance.heldBack.push(arrive);
  return idMessage;
}

function acceptIncoming(instance: Instance, incoming: Incoming & { idMessage: string; timestamp: number }): void {
  const { phonesByLid, usage, journal } = instance;
  const { text, idMessage, timestamp, name = 'Test User', forwarded = false } = incoming;
  const { chatId, sender } = chatAndSender(instance, incoming);
  const exceeded = usage.admit(chatOf(phonesByLid, incoming.from));
  if (exceeded) return emitQuotaExceeded(instance, exceeded);

  const isFirst = !journal.some((record) => record.type === 'incoming' && record.chatId === chatId);
  const messageData = messageDataOf(text, forwarded);
  const senderData = { chatId, sender, chatName: name, senderName: name, senderContactName: '' };
  if (incoming.sweFirst ?? (instance.sweFirst && isFirst))
    emitIncoming(instance, { timestamp, idMessage, senderData, messageData: messageDataOf('{{SWE001}}', false) });
  emitIncoming(instance, { timestamp, idMessage, senderData, messageData });
  journal.push({
    type: 'incoming',
    idMessage,
    timestamp,
    typeMessage: messageData.typeMessage,
    chatId,
    textMessage: text,
    ...('extendedTextMessageData' in messageData ? { extendedTextMessage: messageData.extendedTextMessageData } : {}),
    senderId: sender,
    senderName: name,
    senderContactName: '',
    isForwarded: forwarded,
    forwardingScore: forwarded ? 1 : 0,
  });
}

function chatAndSender(instance: Instance, { from, lid: mode, hidden = false }: Incoming) {
  const { phonesByLid, linkedWithLid, lidMode } = instance;
  if (isLid(from)) {
    if (hidden) phonesByLid.set(from, '');
    return { chatId: from, sender: from };
  }
  const phone = `${from}@c.us`;
  const lid = lidOf(phonesByLid, from);
  if (hidden) phonesByLid.set(lid, '');
  const how = hidden ? 'yes' : (mode ?? lidMode ?? (linkedWithLid ? 'yes' : 'no'));
  return { chatId: how === 'no' ? phone : lid, sender: how === 'yes' ? lid : phone };
}

/** A text with a link and a forwarded text have the extended form. */
function messageDataOf(text: string, forwarded: boolean) {
  if (forwarded || /https?:\/\//.test(text))
    return { typeMessage: 'extendedTextMessage', extendedTextMessageData: extendedText(text, forwarded) };
  return { typeMessage: 'textMessage', textMessageData: { textMessage: text } };
}
