import { type Finding, problem } from './finding.js';

const TIMEOUT_MS = 5_000;
/** A login message may be sixty seconds ahead of us, and ten behind its attempt. */
const SECONDS = 10;

/** Whether this machine's time is a provider's. Says nothing where it is, or where the provider tells no time. */
export async function checkProviderClock(about: string, url: string): Promise<Finding[]> {
  const date = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ headers }) => Date.parse(headers.get('date') ?? ''),
    () => NaN, // told by the check of the provider itself
  );
  const seconds = Math.round((Date.now() - date) / 1000);
  if (!(Math.abs(seconds) > SECONDS)) return [];
  return [
    problem(
      'clock',
      `this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ${about}`,
      'Run NTP: login messages seem too old or too new',
    ),
  ];
}
