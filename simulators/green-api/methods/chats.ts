import { invalid, ok } from '../response.js';
import type { Handler } from './handler.js';
import { CHAT_ID, CHAT_ID_FORMATS } from './send-message.js';

export const getContactInfo: Handler = (_, { body: { chatId } }) => {
  if (!CHAT_ID.test(String(chatId))) throw invalid(CHAT_ID_FORMATS);
  return ok({
    avatar: '',
    name: 'Test User',
    contactName: '',
    email: '',
    category: '',
    description: '',
    products: [],
    chatId,
    lastSeen: null,
    isArchive: false,
    isDisappearing: false,
    isMute: false,
    messageExpiration: 0,
    muteExpiration: null,
    isBusiness: false,
  });
};

export const readChat: Handler = (_, { body: { chatId } }) => {
  if (!CHAT_ID.test(String(chatId))) throw invalid(CHAT_ID_FORMATS);
  return ok({ setRead: true });
};
