/** The outcome of a provider's webhook event, for the log. The provider gets a 200 in both cases. */
export type WebhookOutcome = { outcome: 'acted' } | { outcome: 'ignored'; reason: string };

export const ACTED: WebhookOutcome = { outcome: 'acted' };
export const ignored = (reason: string): WebhookOutcome => ({ outcome: 'ignored', reason });
