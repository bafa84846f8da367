import type { ChannelName } from '../../config/config.js';
import { usualTimes } from '../channels/channel-list.js';
import type { RecentAnswer, RecentOutcome } from './recent-outcomes.js';

/** Latencies are close to log-normal. With this spread, one in twenty is three times the median. */
const SPREAD = 0.65;

/** A hundred times with a log-normal distribution, shortest first. */
const times = (medianMs: number): number[] =>
  Array.from({ length: 100 }, (_, index) =>
    Math.round(medianMs * Math.exp(SPREAD * normalQuantile((index + 0.5) / 100))),
  );

/** Approximates a quantile of the standard normal distribution by Tukey's lambda distribution. */
const normalQuantile = (share: number): number => (share ** 0.135 - (1 - share) ** 0.135) / 0.1975;

export function usualAnswers(channel: ChannelName): RecentAnswer[] {
  const latencies = times(usualTimes(channel).answerMs);
  // Mixed, because newer answers are drawn more often and these have no age. 37 has no common divisor with 100.
  return latencies.map((_, index) => ({
    latencyMs: Number(latencies[(index * 37) % 100]),
    failure: null,
    detail: null,
    current: false,
  }));
}

export function usualOutcomes(channel: ChannelName): RecentOutcome[] {
  const { deliveryMs, delivered, notOnChannel } = usualTimes(channel);
  const delays = times(deliveryMs);
  return delays.map((_, index): RecentOutcome => {
    const afterMs = Number(delays[(index * 37) % 100]);
    if (index < delivered) return { outcome: 'delivered', failure: null, afterMs };
    if (index < delivered + notOnChannel) return { outcome: 'failed', failure: 'not_on_channel', afterMs };
    return { outcome: 'none', failure: null, afterMs: 0 };
  });
}
