import { useEffect, useRef } from 'react';
import { MainButton } from './main-button.js';
import type { PhoneLoginState } from './phone-login-state.js';
import { PhoneNumber } from './phone-number.js';
import { ProblemLine } from './problem.js';
import { useBrowserEffect } from './use-browser-effect.js';

export interface StepProps {
  login: PhoneLoginState;
  /** Whether to offer the login by WhatsApp. */
  whatsapp: boolean;
  /** URL of the developer's phone. */
  devPhone: string | undefined;
}

/** Asks for the phone number, in any spelling. */
export function PhoneStep({ login, whatsapp }: StepProps) {
  const { texts } = login.i18n;
  const field = useRef<HTMLInputElement>(null);
  // Any other problem is not the number's.
  const isInvalid = login.problem?.code === 'INVALID_PHONE_NUMBER' || login.problem?.code === 'PHONE_NOT_ALLOWED';
  useEffect(() => field.current?.focus(), [login.problem]);
  useBrowserEffect(() => {
    // The user may have typed into the field of the server before this script was there.
    if (field.current?.value) login.setPhone(field.current.value);
  }, []);
  return (
    <form
      className="phonegate-step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void login.requestCode();
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
        value={login.phone}
        aria-describedby="phonegate-phone-hint phonegate-problem"
        aria-invalid={isInvalid}
        onInput={({ currentTarget }) => login.setPhone(currentTarget.value)}
      />
      <p id="phonegate-phone-hint" className="phonegate-hint" role="status">
        {login.recognizedPhone ? <Country login={login} /> : texts.phoneHint}
      </p>
      <ProblemLine id="phonegate-problem" login={login} />
      <MainButton login={login} label={texts.sendCode} />
      {login.code && !login.code.ending && (
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

function Country({ login: { recognizedPhone, i18n } }: Pick<StepProps, 'login'>) {
  const { countryName, international = '' } = recognizedPhone ?? {};
  return (
    <>
      {countryName && `${countryName} · `}
      <PhoneNumber i18n={i18n}>{international}</PhoneNumber>
    </>
  );
}
