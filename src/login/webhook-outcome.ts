/** What became of a provider's webhook event, for the log. The provider is answered 200 either way. */
export type WebhookOutcome = { outcome: 'acted' } | { outcome: 'ignored'; reason: string };
