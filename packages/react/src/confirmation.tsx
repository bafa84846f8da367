import type { I18n } from './i18n.js';

/**
 * The second step of a sign-in: the two digits to send back, which only the device that started the sign-in shows, or a
 * request to wait for an administrator.
 */
export function Confirmation(props: {
  number: string | undefined;
  triesLeft: number | undefined;
  /** What to say above the digits. */
  text: string;
  i18n: I18n;
}) {
  const { number, triesLeft, text, i18n } = props;
  const { texts } = i18n;
  if (number === undefined) return <p>{texts.needsApproval}</p>;
  const isWrong = triesLeft !== undefined;
  return (
    <>
      {isWrong && (
        <p className="phonegate-problem">
          {texts.wrongNumber} {texts.triesLeft(i18n.number(triesLeft))}
        </p>
      )}
      <p>{isWrong ? texts.confirmAgain : text}</p>
      <p className="phonegate-confirmation">
        <bdi dir="ltr">{i18n.digits(number)}</bdi>
      </p>
    </>
  );
}
