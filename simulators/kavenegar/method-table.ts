import { config, info } from './methods/account.js';
import { getDate } from './methods/get-date.js';
import { lookup } from './methods/lookup.js';
import { latestOutbox, select, selectOutbox } from './methods/select.js';
import { send } from './methods/send.js';
import { status, statusByReceptor, statusLocalMessageId } from './methods/status.js';
import type { Form } from './read-fields.js';
import type { Context, KavenegarMethod } from './simulator.js';

/** @returns the entries of the answer. @throws Refusal */
type Method = (context: Context, form: Form) => object;

const METHODS: Record<KavenegarMethod, Method> = {
  'verify/lookup': lookup,
  'sms/send': send,
  'sms/status': status,
  'sms/statuslocalmessageid': statusLocalMessageId,
  'sms/statusbyreceptor': statusByReceptor,
  'sms/select': select,
  'sms/selectoutbox': selectOutbox,
  'sms/latestoutbox': latestOutbox,
  'account/info': info,
  'account/config': config,
  'utils/getdate': getDate,
};

export const isMethod = (method: string): method is KavenegarMethod => Object.hasOwn(METHODS, method);

export const findMethod = (method: string): Method | undefined => (isMethod(method) ? METHODS[method] : undefined);
