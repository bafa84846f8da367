import { useEffect, useRef, useState } from 'react';
import { Confirmation } from './confirmation.js';
import { latinDigits } from './locales/locale.js';
import { MainButton } from './main-button.js';
import { PhoneNumber, withPhone } from './phone-number.js';
import type { CodeAttempt } from './phone-login-state.js';
import type { StepProps } from './phone-step.js';
import { ProblemLine } from './problem.js';
import { useWebOtp } from './web-otp.js';

/** Asks for the code, shows its delivery status, and then the second step where the user's role needs one. */
export function CodeStep({ login, whatsapp, devPhone, code }: StepProps & { code: CodeAttempt }) {
  const { i18n } = login;
  const { texts } = i18n;
  const { ending, confirming } = code;
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const retryButton = useRef<HTMLButtonElement>(null);

  /** Accepts the digits of a typed or pasted text. The last one submits the code. */
  function take(text: string): void {
    const digits = latinDigits(text).replaceAll(/\D/g, '').slice(0, code.codeLength);
    setTyped(digits);
    if (digits.length === code.codeLength && digits !== typed && !ending) void login.submitCode(digits);
  }
  /** Back to the field, with this number in it. */
  function changePhone(): void {
    login.setPhone(code.phone);
    login.goTo('phone');
  }
  const step = useRef<HTMLDivElement>(null);
  useWebOtp(take, ending === undefined && !confirming);
  useEffect(() => (field.current ?? retryButton.current ?? step.current)?.focus(), [ending, confirming]);
  const canResend = code.secondsUntilResend === 0;
  useEffect(() => {
    // The button that sent the code again is gone.
    if (!canResend && document.activeElement === document.body) field.current?.focus();
  }, [canResend]);
  useEffect(() => {
    if (login.problem?.code !== 'INCORRECT_CODE') return;
    setTyped('');
    field.current?.focus();
  }, [login.problem]);

  if (ending)
    return (
      <div className="phonegate-step">
        <ProblemLine id="phonegate-problem" login={login} ending={code.endingText} />
        <MainButton
          login={login}
          label={texts.newCode}
          buttonRef={retryButton}
          onClick={() => void login.requestCode({ phone: code.phone })}
        />
        <div className="phonegate-choices">
          <button type="button" className="phonegate-quiet" onClick={changePhone}>
            {texts.otherPhone}
          </button>
          {whatsapp && <WithWhatsApp login={login} />}
        </div>
      </div>
    );
  if (confirming)
    return (
      <div className="phonegate-step" role="group" aria-label={texts.confirmInWhatsApp} tabIndex={-1} ref={step}>
        <div role="status" className="phonegate-delivery">
          <Confirmation
            number={code.confirmationNumber}
            triesLeft={code.confirmationTriesLeft}
            text={texts.confirmCode}
            i18n={i18n}
          />
        </div>
        <p className="phonegate-hint" role="timer">
          {texts.validFor(i18n.duration(code.secondsLeft))}
        </p>
        <ProblemLine id="phonegate-problem" login={login} />
      </div>
    );
  return (
    <form
      className="phonegate-step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // An incomplete code would count as a failed try.
        if (typed.length === code.codeLength) void login.submitCode(typed);
        else field.current?.focus();
      }}
    >
      <div className="phonegate-choices phonegate-sent-to">
        <p id="phonegate-sent-to">
          {withPhone(texts.codeSentTo, <PhoneNumber i18n={i18n}>{code.internationalPhone}</PhoneNumber>)}
        </p>
        <button type="button" className="phonegate-quiet" aria-describedby="phonegate-sent-to" onClick={changePhone}>
          {texts.change}
        </button>
      </div>
      <p role="status" className="phonegate-delivery">
        {code.deliveryText}
      </p>
      {devPhone && (
        <a href={devPhone} target="_blank" rel="noopener">
          {texts.openDeveloper}
        </a>
      )}
      <label htmlFor="phonegate-code">{texts.code}</label>
      <input
        ref={field}
        id="phonegate-code"
        name="code"
        className="phonegate-code"
        inputMode="numeric"
        autoComplete="one-time-code"
        dir="ltr"
        value={i18n.digits(typed)}
        aria-describedby="phonegate-sent-to phonegate-code-hint phonegate-problem"
        aria-invalid={login.problem?.code === 'INCORRECT_CODE'}
        onInput={({ currentTarget }) => {
          if (login.waitingForNetwork) login.goTo('code'); // what waits was another code
          take(currentTarget.value);
          currentTarget.value = i18n.digits(
            latinDigits(currentTarget.value).replaceAll(/\D/g, '').slice(0, code.codeLength),
          );
        }}
      />
      <p id="phonegate-code-hint" className="phonegate-hint">
        {texts.codeHint(i18n.number(code.codeLength))}
      </p>
      <ProblemLine id="phonegate-problem" login={login} />
      <MainButton login={login} label={texts.signIn} />
      <Resend login={login} code={code} />
      <p className="phonegate-hint" role="timer">
        {texts.validFor(i18n.duration(code.secondsLeft))}
      </p>
      {whatsapp && (
        <div className="phonegate-choices">
          <WithWhatsApp login={login} />
        </div>
      )}
    </form>
  );
}

function Resend({ login, code }: Pick<StepProps, 'login'> & { code: CodeAttempt }) {
  const { i18n } = login;
  const { texts } = i18n;
  if (code.secondsUntilResend > 0)
    return (
      <p className="phonegate-hint" role="timer">
        {texts.sendAgainIn(i18n.duration(code.secondsUntilResend))}
      </p>
    );
  return (
    <div className="phonegate-choices">
      <button type="button" aria-disabled={login.busy} onClick={() => void login.resendCode()}>
        {texts.sendAgain}
      </button>
      {code.otherChannels.map(({ channel, sendText }) => (
        <button
          key={channel}
          type="button"
          aria-disabled={login.busy}
          onClick={() => void login.resendCode({ channel })}
        >
          {sendText}
        </button>
      ))}
    </div>
  );
}

function WithWhatsApp({ login }: Pick<StepProps, 'login'>) {
  return (
    <button
      type="button"
      className="phonegate-quiet"
      aria-disabled={login.busy}
      onClick={() => void login.startWhatsApp()}
    >
      {login.i18n.texts.withWhatsApp}
    </button>
  );
}
