import { secretsEqual } from '../../../secrets-equal.js';
import type { ProviderWebhook } from '../provider.js';
import { fillText } from './fill-in.js';
import { parseAnswer, textAt } from './read-value.js';
import { idAt, receiptOf } from './results.js';
import type { HttpChannelSettings } from './definition.js';

export const HTTP_WEBHOOK = '/api/webhooks/http/';

/** Reports to `/api/webhooks/http/<name>/<secret>`: JSON, XML, a form, or the query of the URL. */
export function createHttpWebhook(channels: readonly HttpChannelSettings[]): ProviderWebhook | undefined {
  const receiving = new Map(
    channels.flatMap(({ name, definition, secrets }) => {
      const { webhook } = definition.receipts;
      return webhook ? [[name, { webhook, secret: fillText(webhook.secret, secrets) }] as const] : [];
    }),
  );
  if (receiving.size === 0) return undefined;
  return {
    secretIsInPath: true,
    isAuthentic({ rest }) {
      const [name = '', secret = ''] = rest.split('/');
      const known = receiving.get(name);
      return known !== undefined && secretsEqual(secret, known.secret);
    },
    receiptsIn({ rest, body, query }) {
      const name = rest.split('/')[0] ?? '';
      const webhook = receiving.get(name)?.webhook;
      if (!webhook) return undefined;
      const fields = /^\s*[{[<]/.test(body)
        ? parseAnswer(body)
        : Object.fromEntries(new URLSearchParams(body === '' ? query : body));
      const reports = Array.isArray(fields) ? fields : [fields];
      const receipts = reports.flatMap((report) => {
        const providerId = idAt(report, webhook.id);
        const receipt = receiptOf(textAt(report, webhook.status), webhook.values);
        return providerId === undefined || !receipt ? [] : [{ ...receipt, channels: [`http:${name}`], providerId }];
      });
      return reports.some((report) => idAt(report, webhook.id) !== undefined) ? receipts : undefined;
    },
  };
}
