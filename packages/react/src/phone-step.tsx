import { useEffect, useRef, useState } from 'react';
import type { Phonegate, RecognizedPhone } from '@phonegate/client';
import { endingOf } from './flow/state.js';
import { PhoneNumber } from './phone-number.js';
import { ProblemLine } from './problem.js';
import type { PhoneLogin } from './use-phone-login.js';
import type { I18n } from './i18n.js';

export interface StepProps {
  client: Phonegate;
  login: PhoneLogin;
  i18n: I18n;
  now: number;
  /** Whether to offer the login by WhatsApp. */
  whatsapp: boolean;
  /** Whether to link to the developer's phone. */
  devPhone: boolean;
}

/** Asks for the phone number, in any spelling. */
export function PhoneStep({ client, login, i18n, now, whatsapp }: StepProps) {
  const { texts } = i18n;
  const [phone, setPhone] = useState(login.phone);
  const field = useRef<HTMLInputElement>(null);
  const recognized = useRecognized(client, phone);
  const problem = login.problem && login.problem.code !== 'RATE_LIMITED' ? 'invalid' : undefined;
  useEffect(() => field.current?.focus(), [login.problem]);
  return (
    <form
      className="phonegate-step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void login.requestCode(phone);
      }}
    >
      <label htmlFor="phonegate-phone">{texts.phone}</label>
      <input
        ref={field}
        id="phonegate-phone"
        name="phone"
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        dir="ltr"
        required
        value={phone}
        aria-describedby="phonegate-phone-hint phonegate-problem"
        aria-invalid={problem === 'invalid'}
        onInput={({ currentTarget }) => {
          setPhone(currentTarget.value);
          if (login.problem) login.goTo('phone'); // the message was about another number
        }}
      />
      <p id="phonegate-phone-hint" className="phonegate-hint" role="status">
        {recognized ? <Country recognized={recognized} i18n={i18n} /> : texts.phoneHint}
      </p>
      <ProblemLine id="phonegate-problem" problem={login.problem} now={now} i18n={i18n} />
      <button type="submit" className="phonegate-main" aria-disabled={login.busy}>
        {login.busy ? texts.working : texts.sendCode}
      </button>
      {login.code && !endingOf(login.code, now) && (
        <button type="button" onClick={() => login.goTo('code')}>
          {texts.backToCode}
        </button>
      )}
      {whatsapp && (
        <button type="button" aria-disabled={login.busy} onClick={() => void login.startWhatsApp()}>
          {texts.withWhatsApp}
        </button>
      )}
    </form>
  );
}

function Country({ recognized, i18n }: { recognized: RecognizedPhone; i18n: I18n }) {
  const { country, international } = recognized;
  return (
    <>
      {country && `${i18n.country(country)} · `}
      <PhoneNumber i18n={i18n}>{international}</PhoneNumber>
    </>
  );
}

const TYPING_PAUSE_MS = 250;

/** Country and international form of a number, queried when the user pauses typing. For display only. */
function useRecognized(client: Phonegate, phone: string): RecognizedPhone | undefined {
  const [recognized, setRecognized] = useState<RecognizedPhone>();
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      if (phone.trim().length < 3) return setRecognized(undefined);
      client.recognizePhone(phone).then(
        (found) => wanted && setRecognized(found ?? undefined),
        () => wanted && setRecognized(undefined), // without it the form works, too
      );
    }, TYPING_PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [client, phone]);
  return recognized;
}
