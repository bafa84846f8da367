import { type Finding, problem } from './finding.js';

const TIMEOUT_MS = 5_000;
/** A login message may be up to 60 s ahead of this clock, and up to 10 s older than its attempt. */
const MAX_DIFFERENCE_SECONDS = 10;

/**
 * Compares this machine's clock with a provider's. Returns no finding when they agree, or when the provider sends no
 * time.
 */
export async function checkProviderClock(about: string, url: string): Promise<Finding[]> {
  const date = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ headers }) => Date.parse(headers.get('date') ?? ''),
    () => NaN, // the check of the provider itself reports it
  );
  const seconds = Math.round((Date.now() - date) / 1000);
  if (!(Math.abs(seconds) > MAX_DIFFERENCE_SECONDS)) return [];
  return [
    problem(
      'clock',
      `this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ${about}`,
      'Synchronize this clock with NTP; otherwise the gateway refuses login messages as too old or too new',
    ),
  ];
}
