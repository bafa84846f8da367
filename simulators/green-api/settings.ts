import { BadRequest, invalid } from './response.js';

type Flag = 'yes' | 'no';

/** The settings of an instance, without its number. */
export interface Settings extends Record<FlagName, Flag> {
  countryInstance: string;
  typeAccount: string;
  typeInstance: 'whatsapp';
  /** If empty, events wait for receiveNotification. */
  webhookUrl: string;
  webhookUrlToken: string;
  /** 500 to 600 000. */
  delaySendMessagesMilliseconds: number;
  /** 0 to 10. */
  autoTyping: number;
}

const FLAGS = [
  'markIncomingMessagesReaded',
  'markIncomingMessagesReadedOnReply',
  'sharedSession',
  'outgoingWebhook',
  'outgoingMessageWebhook',
  'outgoingAPIMessageWebhook',
  'incomingWebhook',
  'deviceWebhook',
  'statusInstanceWebhook',
  'stateWebhook',
  'enableMessagesHistory',
  'keepOnlineStatus',
  'pollMessageWebhook',
  'incomingBlockWebhook',
  'incomingCallWebhook',
  'outgoingCallWebhook',
  'editedMessageWebhook',
  'deletedMessageWebhook',
  'catalogWebhook',
  'incomingMessageStatusWebhook',
  'linkPreview',
  'enableLidMode',
] as const;
type FlagName = (typeof FLAGS)[number];

/** The settings of a new instance: every webhook is off. */
export const FRESH_SETTINGS: Readonly<Settings> = Object.freeze({
  countryInstance: '',
  typeAccount: '',
  typeInstance: 'whatsapp',
  webhookUrl: '',
  webhookUrlToken: '',
  delaySendMessagesMilliseconds: 500,
  autoTyping: 0,
  ...(Object.fromEntries(FLAGS.map((flag) => [flag, 'no'])) as Record<FlagName, Flag>),
  linkPreview: 'yes',
});

const RANGES: Record<string, readonly [number, number]> = {
  delaySendMessagesMilliseconds: [500, 600_000],
  autoTyping: [0, 10],
};
const TEXTS = new Set(['webhookUrl', 'webhookUrlToken']);

/** Reads the changes in a setSettings request. @throws BadRequest */
export function readSettings(body: Record<string, unknown>): Partial<Settings> {
  const entries = Object.entries(body);
  if (entries.length === 0) throw invalid("'value' must have at least 1 key");
  for (const [key, value] of entries) {
    const problem = problemOf(key, value);
    if (problem) throw problem;
  }
  return body;
}

function problemOf(key: string, value: unknown): BadRequest | undefined {
  const range = RANGES[key];
  if (range) {
    const [least, most] = range;
    if (typeof value !== 'number') return invalid(`'${key}' must be a number`);
    if (value < least) return invalid(`'${key}' must be greater than or equal to ${least}`);
    if (value > most) return invalid(`'${key}' must be less than or equal to ${most}`);
    return undefined;
  }
  if (TEXTS.has(key)) return typeof value === 'string' ? undefined : invalid(`'${key}' must be a string`);
  if (!(FLAGS as readonly string[]).includes(key)) return invalid(`'${key}' is not allowed`);
  return value === 'yes' || value === 'no' ? undefined : invalid(`'${key}' must be one of [yes, no]`);
}
