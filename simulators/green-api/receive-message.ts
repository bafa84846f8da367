import { emitIncoming, emitQuotaExceeded, extendedText } from './events.js';
import { type Instance, type LidMode, newIdMessage, secondsNow } from './instance.js';
import { chatOf, isLid, lidOf } from './people.js';

/** What a person writes to the instance. */
export interface Incoming {
  /** Phone digits, or a lid. */
  from: string;
  text: string;
  name?: string;
  /** Instead of the knob. */
  lid?: LidMode;
  /** The person is known by the lid only, and from now on hides the phone from checkWhatsapp too. */
  hidden?: boolean;
  forwarded?: boolean;
  /** Instead of the knob. */
  sweFirst?: boolean;
  idMessage?: string;
  /** Seconds since the epoch. */
  timestamp?: number;
}

/** A message to an instance that is not authorized arrives when it is. @returns its idMessage. */
export function receiveMessage(instance: Instance, incoming: Incoming): string {
  const idMessage = incoming.idMessage ?? newIdMessage('3A');
  const timestamp = incoming.timestamp ?? secondsNow(instance);
  const act = () => arrive(instance, incoming, idMessage, timestamp);
  if (instance.state === 'authorized') act();
  else instance.heldBack.push(act);
  return idMessage;
}

function arrive(instance: Instance, incoming: Incoming, idMessage: string, timestamp: number): void {
  const { people, usage, journal } = instance;
  const { text, name = 'Test User', forwarded = false } = incoming;
  const { chatId, sender } = addressesOf(instance, incoming);
  const exceeded = usage.admit(chatOf(people, incoming.from));
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

function addressesOf(instance: Instance, { from, lid: mode, hidden = false }: Incoming) {
  const { people, linkedWithLid, lidMode } = instance;
  if (isLid(from)) {
    if (hidden) people.set(from, '');
    return { chatId: from, sender: from };
  }
  const phone = `${from}@c.us`;
  const lid = lidOf(people, from);
  if (hidden) people.set(lid, '');
  const how = hidden ? 'yes' : (mode ?? lidMode ?? (linkedWithLid ? 'yes' : 'no'));
  return { chatId: how === 'no' ? phone : lid, sender: how === 'yes' ? lid : phone };
}

/** Text with a link, and what was forwarded, comes in the other form. */
function messageDataOf(text: string, forwarded: boolean) {
  if (forwarded || /https?:\/\//.test(text))
    return { typeMessage: 'extendedTextMessage', extendedTextMessageData: extendedText(text, forwarded) };
  return { typeMessage: 'textMessage', textMessageData: { textMessage: text } };
}
