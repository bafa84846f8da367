import { metrics } from '@opentelemetry/api';
import type { Config } from '../../config/config.js';
import type { GuardEvent } from './guard-event.js';

/**
 * Counts what the guard refuses and blocks, as the metric `phonegate.guard.decision.count`. Without an OpenTelemetry SDK in the
 * process this does nothing. No attribute can have many values, whatever strangers send: countries that are not served
 * are `other`.
 */
export function createDecisionMetric({
  allowedCountries,
}: Pick<Config, 'allowedCountries'>): (decision: GuardEvent) => void {
  const counter = metrics.getMeter('phonegate').createCounter('phonegate.guard.decision.count', {
    unit: '{decision}',
    description: 'Requests that the guard refused, messages that it blocked, and captchas that it demanded.',
  });
  const isServed = (country: string) =>
    allowedCountries === '*' || (allowedCountries as readonly string[]).includes(country);
  return ({ rule, action, country, channel }) =>
    counter.add(1, {
      rule,
      action,
      ...(country === undefined ? {} : { country: isServed(country) ? country : 'other' }),
      ...(channel === undefined ? {} : { channel }),
    });
}
