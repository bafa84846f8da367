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
  const said = ending ?? (problem && saidOf(problem, words));
  const { triesLeft, retryAt } = problem ?? {};
  return (
    <div role="alert" id={id} className="phonegate-problem">
      {said && (
        <p>
          {said}
          {!ending && triesLeft !== undefined && triesLeft > 0 && ` ${words.texts.triesLeft(words.number(triesLeft))}`}
          {!ending && retryAt !== undefined && retryAt > now && (
            <span aria-hidden="true"> {words.texts.tryAgainIn(words.time(retryAt - now))}</span>
          )}
        </p>
      )}
    </div>
  );
}

function saidOf({ code, message }: Problem, { texts }: Words): string {
  if (code === 'NETWORK') return texts.noNetwork;
  return message ?? texts.unavailable;
}
