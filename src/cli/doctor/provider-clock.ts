import { type Finding, problem } from './finding.js';

const TIMEOUT_MS = 5_000;
/** A login message is accepted up to 60 s ahead of this clock, and up to 10 s before its attempt. */
const MAX_DIFFERENCE_SECONDS = 10;

/** Compares this machine's clock with a provider's. No finding where they agree, or the provider sends no time. */
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
      'Run NTP: otherwise login messages are refused as too old or too new',
    ),
  ];
}
