import { type Failed, failed } from './channel.js';

/** What an HTTP status means where the body says nothing more: a provider without codes of its own, or a proxy before it. */
export function failureOfStatus(status: number): Failed {
  const detail = `HTTP ${status}`;
  if (status === 401 || status === 403) return failed('authentication', detail);
  if (status === 402) return failed('insufficient_credit', detail);
  if (status === 429) return failed('rate_limited', detail);
  // The proxy did not reach the service, so nothing was sent.
  if (status === 502 || status === 503) return failed('channel_down', detail, { retry: true });
  return failed(status >= 500 ? 'channel_down' : 'unknown', detail);
}
