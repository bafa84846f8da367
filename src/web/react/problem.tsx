import type { Problem } from './flow/state.js';
import type { Words } from './words.js';

/** What went wrong and what to do, read out at once. The element is always there: only then are changes noticed. */
export function ProblemLine({
  id,
  problem,
  ending,
  now,
  words,
}: {
  id: string;
  problem: Problem | undefined;
  ending?: string | undefined;
  now: number;
  words: Words;
}) {
  // What is said of the code ends with it; that no new one is to be had is news.
  const current = ending !== undefined && problem?.of === 'code' ? undefined : problem;
  const said = current ? saidOf(current, words) : ending;
  const { triesLeft, retryAt } = current ?? {};
  return (
    <div role="alert" id={id} className="phonegate-problem">
      {said && (
        <p>
          {said}
          {triesLeft !== undefined && triesLeft > 0 && ` ${words.texts.triesLeft(words.number(triesLeft))}`}
          {retryAt !== undefined && retryAt > now && (
            <span aria-hidden="true"> {words.texts.tryAgainIn(words.time(retryAt - now))}</span>
          )}
        </p>
      )}
    </div>
  );
}

/** The gateway's words, or ours where it could not speak. */
export function saidOf({ code, message }: Problem, { texts }: Words): string {
  if (code === 'NETWORK') return texts.noNetwork;
  return message ?? texts.unavailable;
}
