import type { Problem } from './flow/state.js';
import type { I18n } from './i18n.js';

/** An error message that screen readers read out. They notice changes only in an element that was there before. */
export function ProblemLine({
  id,
  problem,
  ending,
  now,
  i18n,
}: {
  id: string;
  problem: Problem | undefined;
  ending?: string | undefined;
  now: number;
  i18n: I18n;
}) {
  // The ending replaces a problem of the code. A problem with getting a new one is shown all the same.
  const current = ending !== undefined && problem?.of === 'code' ? undefined : problem;
  const text = current ? problemText(current, i18n) : ending;
  const { triesLeft, retryAt } = current ?? {};
  const waiting = retryAt !== undefined && retryAt > now;
  return (
    <div role="alert" id={id} className="phonegate-problem">
      {text && (
        <p>
          {waiting && current?.code === 'RATE_LIMITED' ? i18n.texts.tooManyAttempts : text}
          {triesLeft !== undefined && triesLeft > 0 && ` ${i18n.texts.triesLeft(i18n.number(triesLeft))}`}
          {waiting && <span aria-hidden="true"> {i18n.texts.tryAgainIn(i18n.time(retryAt - now))}</span>}
        </p>
      )}
    </div>
  );
}

/** The gateway's message, or the page's own where there is none. */
export function problemText({ code, message }: Problem, { texts }: I18n): string {
  if (code === 'NETWORK') return texts.noNetwork;
  return message ?? texts.unavailable;
}
