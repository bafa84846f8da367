import type { Desk } from './fake-kavenegar.js';
import type { Form } from './fields.js';
import { config, info } from './methods/account.js';
import { lookup } from './methods/lookup.js';
import { latestOutbox, select, selectOutbox } from './methods/select.js';
import { send } from './methods/send.js';
import { status, statusByReceptor, statusLocalMessageId } from './methods/status.js';
import { getDate } from './methods/utils.js';

/** @returns the entries. @throws Refusal */
type Act = (desk: Desk, form: Form) => object;

const METHODS = {
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
} satisfies Record<string, Act>;

export type KavenegarMethod = keyof typeof METHODS;

export const isMethod = (method: string): method is KavenegarMethod => Object.hasOwn(METHODS, method);

export const actOf = (method: KavenegarMethod): Act => METHODS[method];
