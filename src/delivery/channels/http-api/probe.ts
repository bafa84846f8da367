import type { WebhookProbe } from '../provider.js';
import type { HttpChannelSettings } from './definition.js';
import { fillText } from './fill-in.js';
import { HTTP_WEBHOOK } from './webhook.js';

/** A report on no message, if the channel has a webhook. */
export function httpProbes({ name, definition, secrets }: HttpChannelSettings): WebhookProbe[] {
  const { webhook } = definition.receipts;
  if (!webhook) return [];
  return [
    {
      about: `http:${name}`,
      name: 'webhook',
      method: 'POST',
      path: `${HTTP_WEBHOOK}${name}/${fillText(webhook.secret, secrets)}`,
      shownPath: `${HTTP_WEBHOOK}${name}/…`,
      variable: 'HTTP_SECRETS',
      request: () => ({ headers: { 'content-type': 'application/json' }, body: '{}' }),
    },
  ];
}
