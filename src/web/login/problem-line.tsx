/** An error message that screen readers read out. They notice changes only in an element that was there before. */
export function ProblemLine({ text }: { text: string | undefined }) {
  return (
    <div role="alert" className="phonegate-problem">
      {text && <p>{text}</p>}
    </div>
  );
}
