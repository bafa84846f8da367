import { type RefObject, useRef } from 'react';
import type { PhoneLoginState } from './phone-login-state.js';

/** The button of a step that sends its request. Shows that the request is on its way, or waits and can be canceled. */
export function MainButton({
  login,
  label,
  buttonRef,
  isMain = true,
  onClick,
}: {
  login: PhoneLoginState;
  label: string;
  buttonRef?: RefObject<HTMLButtonElement | null>;
  isMain?: boolean;
  /** Without it the button submits its form. */
  onClick?: () => void;
}) {
  const own = useRef<HTMLButtonElement>(null);
  const button = buttonRef ?? own;
  const { busy, waitingForNetwork, i18n } = login;
  const { texts } = i18n;
  return (
    <>
      <button
        ref={button}
        type={onClick ? 'button' : 'submit'}
        className={isMain ? 'phonegate-main' : ''}
        // Until the script is there, the browser itself would submit the form, and put the phone into the URL.
        disabled={!login.ready}
        aria-disabled={busy || waitingForNetwork}
        onClick={onClick}
      >
        {waitingForNetwork ? texts.waitingForNetwork : busy ? texts.working : label}
      </button>
      {waitingForNetwork && (
        <button
          type="button"
          onClick={() => {
            button.current?.focus(); // this one disappears
            login.goTo(login.step);
          }}
        >
          {texts.cancel}
        </button>
      )}
    </>
  );
}
