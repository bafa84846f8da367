/** The methods of the API by lower-case name, with their HTTP verb and the published limit of calls per second. */
export const METHODS = {
  sendmessage: { verb: 'POST', perSecond: 50 },
  checkwhatsapp: { verb: 'POST', perSecond: 10 },
  getstateinstance: { verb: 'GET', perSecond: 1 },
  getstateinstancehistory: { verb: 'GET', perSecond: undefined },
  getstatusinstance: { verb: 'GET', perSecond: 1 },
  getsettings: { verb: 'GET', perSecond: 1 },
  setsettings: { verb: 'POST', perSecond: 1 },
  getwasettings: { verb: 'GET', perSecond: 1 },
  showmessagesqueue: { verb: 'GET', perSecond: 1 },
  clearmessagesqueue: { verb: 'GET', perSecond: 1 },
  receivenotification: { verb: 'GET', perSecond: 100 },
  deletenotification: { verb: 'DELETE', perSecond: 100 },
  lastincomingmessages: { verb: 'GET', perSecond: 1 },
  lastoutgoingmessages: { verb: 'GET', perSecond: 1 },
  getmessage: { verb: 'POST', perSecond: 10 },
  getchathistory: { verb: 'POST', perSecond: 1 },
  getcontactinfo: { verb: 'POST', perSecond: 1 },
  readchat: { verb: 'POST', perSecond: 10 },
  reboot: { verb: 'GET', perSecond: 1 },
  logout: { verb: 'GET', perSecond: 1 },
  qr: { verb: 'GET', perSecond: 3 },
} as const satisfies Record<string, { verb: 'GET' | 'POST' | 'DELETE'; perSecond: number | undefined }>;

export type Method = keyof typeof METHODS;

export const isMethod = (name: string): name is Method => Object.hasOwn(METHODS, name);
