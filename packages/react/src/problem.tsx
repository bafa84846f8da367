import type { StepProps } from './phone-step.js';

/** An error message that screen readers read out. They notice changes only in an element that was there before. */
export function ProblemLine({
  id,
  login,
  ending,
}: { id: string; ending?: string | undefined } & Pick<StepProps, 'login'>) {
  const { problem, secondsUntilRetry, i18n } = login;
  const text = problem?.text ?? ending;
  return (
    <div role="alert" id={id} className="phonegate-problem">
      {text && (
        <p>
          {text}
          {problem && secondsUntilRetry > 0 && (
            <span aria-hidden="true"> {i18n.texts.tryAgainIn(i18n.duration(secondsUntilRetry))}</span>
          )}
        </p>
      )}
    </div>
  );
}
