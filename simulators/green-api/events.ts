import { type Instance, type PhoneMessage, secondsNow } from './instance.js';
import type { CorrespondentsStatus } from './usage.js';

/** Sends any body as a webhook. A string is sent unchanged. */
export function emit(instance: Instance, body: unknown): void {
  instance.outbox.put(typeof body === 'string' ? body : JSON.stringify(body));
}

const instanceData = ({ idInstance, wid, state }: Instance) => ({
  idInstance: Number(idInstance),
  wid: state === 'notAuthorized' || state === null ? '' : wid,
  typeInstance: 'whatsapp',
});

export function emitState(instance: Instance): void {
  if (instance.settings.stateWebhook !== 'yes' || instance.state === null) return;
  emit(instance, {
    typeWebhook: 'stateInstanceChanged',
    instanceData: instanceData(instance),
    timestamp: secondsNow(instance),
    stateInstance: instance.state,
  });
}

/** The webhook for `noAccount` is sent even if `outgoingWebhook` is off. */
export function emitStatus(instance: Instance, { chatId, idMessage }: PhoneMessage, status: string): void {
  if (instance.settings.outgoingWebhook !== 'yes' && status !== 'noAccount') return;
  emit(instance, {
    typeWebhook: 'outgoingMessageStatus',
    chatId,
    instanceData: instanceData(instance),
    timestamp: secondsNow(instance),
    idMessage,
    status,
    ...(status === 'failed' ? { description: 'Message sending failed' } : {}),
    sendByApi: true,
  });
}

/** Recordings show that a text sent by the API comes back as an extendedTextMessage. */
export function emitEcho(instance: Instance, { chatId, idMessage, message }: PhoneMessage): void {
  if (instance.settings.outgoingAPIMessageWebhook !== 'yes') return;
  emit(instance, {
    typeWebhook: 'outgoingAPIMessageReceived',
    instanceData: instanceData(instance),
    timestamp: secondsNow(instance),
    idMessage,
    senderData: { chatId, sender: instance.wid, chatName: 'Test User', senderName: 'Bot', senderContactName: '' },
    messageData: { typeMessage: 'extendedTextMessage', extendedTextMessageData: extendedText(message, false) },
  });
}

/** This webhook has no timestamp and no idMessage, and spells QUOTA where the HTTP answer spells QUOTE. */
export function emitQuotaExceeded(instance: Instance, exceeded: CorrespondentsStatus): void {
  emit(instance, {
    typeWebhook: 'quotaExceeded',
    instanceData: instanceData(instance),
    quotaData: { ...exceeded, status: 'CORRESPONDENTS_QUOTA_EXCEEDED' },
  });
}

export function emitIncoming(
  instance: Instance,
  message: { timestamp: number; idMessage: string; senderData: object; messageData: object },
): void {
  if (instance.settings.incomingWebhook !== 'yes') return;
  emit(instance, {
    typeWebhook: 'incomingMessageReceived',
    instanceData: instanceData(instance),
    ...message,
  });
}

export const extendedText = (text: string, isForwarded: boolean) => ({
  text,
  description: '',
  title: '',
  previewType: 'None',
  jpegThumbnail: '',
  forwardingScore: isForwarded ? 1 : 0,
  isForwarded,
});
