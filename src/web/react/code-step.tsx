import { useEffect, useRef, useState } from 'react';
import { latinDigits } from '../locales/locale.js';
import { deliveryText, otherWays } from './delivery.js';
import { type CodeLogin, endingOf } from './flow/state.js';
import { PhoneNumber, filled } from './phone-number.js';
import type { StepProps } from './phone-step.js';
import { ProblemLine } from './problem.js';
import { useWebOtp } from './web-otp.js';

/** Asks for the code, and tells how it fares. */
export function CodeStep({ login, words, now, whatsapp, devPhone, code }: StepProps & { code: CodeLogin }) {
  const { texts } = words;
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLButtonElement>(null);
  const ending = endingOf(code, now);

  /** Takes the digits out of whatever was typed or pasted; the last one sends them. */
  function take(text: string): void {
    const digits = latinDigits(text).replaceAll(/\D/g, '').slice(0, code.codeLength);
    setTyped(digits);
    if (digits.length === code.codeLength && digits !== typed && !ending) void login.submitCode(digits);
  }
  useWebOtp(take, ending === undefined);
  useEffect(() => (field.current ?? again.current)?.focus(), [ending]);
  useEffect(() => {
    if (login.problem?.code !== 'INCORRECT_CODE') return;
    setTyped('');
    field.current?.focus();
  }, [login.problem]);

  if (ending)
    return (
      <div className="phonegate-step">
        <ProblemLine
          id="phonegate-problem"
          problem={login.problem}
          ending={texts.closed[ending]}
          now={now}
          words={words}
        />
        <button
          ref={again}
          type="button"
          className="phonegate-main"
          aria-disabled={login.busy}
          onClick={() => void login.requestCode(code.phone)}
        >
          {login.busy ? texts.working : texts.newCode}
        </button>
        <Elsewhere login={login} words={words} whatsapp={whatsapp} />
      </div>
    );
  return (
    <form
      className="phonegate-step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // A code that is not whole would cost a try.
        if (typed.length === code.codeLength) void login.submitCode(typed);
        else field.current?.focus();
      }}
    >
      <p>{filled(texts.codeSentTo, <PhoneNumber words={words}>{code.maskedPhone}</PhoneNumber>)}</p>
      <p role="status" className="phonegate-delivery">
        {deliveryText(code, texts)}
      </p>
      {devPhone && (
        <a href="/dev/phone" target="_blank" rel="noopener">
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
        value={words.digits(typed)}
        aria-describedby="phonegate-code-hint phonegate-problem"
        aria-invalid={login.problem?.code === 'INCORRECT_CODE'}
        onInput={({ currentTarget }) => {
          take(currentTarget.value);
          currentTarget.value = words.digits(
            latinDigits(currentTarget.value).replaceAll(/\D/g, '').slice(0, code.codeLength),
          );
        }}
      />
      <p id="phonegate-code-hint" className="phonegate-hint">
        {texts.codeHint(words.number(code.codeLength))}
      </p>
      <ProblemLine id="phonegate-problem" problem={login.problem} now={now} words={words} />
      <button type="submit" className="phonegate-main" aria-disabled={login.busy}>
        {login.busy ? texts.working : texts.signIn}
      </button>
      <Resend login={login} words={words} now={now} code={code} />
      <p className="phonegate-hint" role="timer">
        {texts.validFor(words.time(code.expiresAt - now))}
      </p>
      <Elsewhere login={login} words={words} whatsapp={whatsapp} />
    </form>
  );
}

function Resend({ login, words, now, code }: Pick<StepProps, 'login' | 'words' | 'now'> & { code: CodeLogin }) {
  const { texts } = words;
  const wait = code.resendAt - now;
  if (wait > 0)
    return (
      <p className="phonegate-hint" role="timer">
        {texts.sendAgainIn(words.time(wait))}
      </p>
    );
  return (
    <div className="phonegate-choices">
      <button type="button" aria-disabled={login.busy} onClick={() => void login.resendCode()}>
        {texts.sendAgain}
      </button>
      {otherWays(code, texts).map(({ way, channel }) => (
        <button key={channel} type="button" aria-disabled={login.busy} onClick={() => void login.resendCode(channel)}>
          {texts.sendAgainBy(way)}
        </button>
      ))}
    </div>
  );
}

function Elsewhere({ login, words: { texts }, whatsapp }: Pick<StepProps, 'login' | 'words' | 'whatsapp'>) {
  return (
    <div className="phonegate-choices">
      <button type="button" className="phonegate-quiet" onClick={() => login.goTo('phone')}>
        {texts.otherPhone}
      </button>
      {whatsapp && (
        <button
          type="button"
          className="phonegate-quiet"
          aria-disabled={login.busy}
          onClick={() => void login.startWhatsApp()}
        >
          {texts.withWhatsApp}
        </button>
      )}
    </div>
  );
}
