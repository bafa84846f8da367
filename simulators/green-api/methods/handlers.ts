import type { Method } from '../method-table.js';
import { getContactInfo, readChat } from './chats.js';
import { checkWhatsapp } from './check-whatsapp.js';
import type { Handler } from './handler.js';
import { getChatHistory, getMessage, lastIncomingMessages, lastOutgoingMessages } from './journal.js';
import { logout, qr, reboot } from './connection.js';
import { deleteNotification, receiveNotification } from './notifications.js';
import { clearMessagesQueue, showMessagesQueue } from './queue.js';
import { sendMessage } from './send-message.js';
import { getSettings, setSettings } from './settings.js';
import { getStateInstance, getStateInstanceHistory, getStatusInstance, getWaSettings } from './state.js';

export const HANDLERS: Record<Method, Handler> = {
  sendmessage: sendMessage,
  checkwhatsapp: checkWhatsapp,
  getstateinstance: getStateInstance,
  getstateinstancehistory: getStateInstanceHistory,
  getstatusinstance: getStatusInstance,
  getsettings: getSettings,
  setsettings: setSettings,
  getwasettings: getWaSettings,
  showmessagesqueue: showMessagesQueue,
  clearmessagesqueue: clearMessagesQueue,
  receivenotification: receiveNotification,
  deletenotification: deleteNotification,
  lastincomingmessages: lastIncomingMessages,
  lastoutgoingmessages: lastOutgoingMessages,
  getmessage: getMessage,
  getchathistory: getChatHistory,
  getcontactinfo: getContactInfo,
  readchat: readChat,
  reboot,
  logout,
  qr,
};
