import type { ChannelName } from '../../config/config.js';
import { channelInfo } from '../channels/channel-list.js';
import { failed } from '../channels/channel.js';
import type { Send, SendLimits } from '../decoy/imitate-send.js';
import type { SendRecord } from '../log/sms-log.js';
import { type RenderedTemplate, renderTemplate } from '../templates/render-template.js';
import type { FindTemplate } from '../templates/template-cache.js';
import type { CodeMessage } from './code-message.js';

export interface ChannelCall extends SendLimits {
  channel: ChannelName;
  message: CodeMessage;
  deliveryId: string;
  /** Sends the message, or imitates that for a decoy. */
  send: Send;
}

interface CallDeps {
  findTemplate: FindTemplate;
  config: { webOtpHost: string | undefined; appHash: string | undefined; serviceName: string };
}

/** Renders the template for this channel and sends the message. */
export async function callChannel(
  { channel, message, deliveryId, send, ...limits }: ChannelCall,
  deps: CallDeps,
): Promise<{ result: Awaited<ReturnType<Send>>; record: SendRecord; providerTemplate: string | undefined }> {
  const { body, template, locale, providerTemplate } = await renderFor(channel, message, deps);
  const startedAt = performance.now();
  const result =
    body === undefined
      ? failed('template_rejected', 'it has no {code}')
      : await send(channel, { ...message, text: body, providerTemplate, deliveryId }, limits);
  const latencyMs = performance.now() - startedAt;
  const record = { deliveryId, template, locale, latencyMs, watched: message.watched };
  return { result, record, providerTemplate };
}

async function renderFor(
  channel: ChannelName,
  { locale, country, code, ttlSeconds, androidApp }: CodeMessage,
  { findTemplate, config }: CallDeps,
): Promise<RenderedTemplate> {
  const template = await findTemplate({ purpose: 'LOGIN_CODE', channel, locale, country });
  const values = { code, minutes: Math.ceil(ttlSeconds / 60), service: config.serviceName };
  // Each line is useless to the other kind of client, and the message must stay short.
  const reader = androidApp && config.appHash ? { appHash: config.appHash } : config.webOtpHost;
  return renderTemplate(template, values, channelInfo(channel)?.bindsCode ? reader : undefined);
}
