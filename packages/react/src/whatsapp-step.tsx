import { useEffect, useRef, useState } from 'react';
import type { WhatsAppAttempt } from './phone-login-state.js';
import type { StepProps } from './phone-step.js';
import { Confirmation } from './confirmation.js';
import { MainButton } from './main-button.js';
import { ProblemLine } from './problem.js';
import { Qr } from './qr.js';
import type { I18n } from './i18n.js';

/** Shows the message to send by WhatsApp, and waits for it. */
export function WhatsAppStep({ login, devPhone, attempt }: StepProps & { attempt: WhatsAppAttempt }) {
  const { i18n } = login;
  const { texts } = i18n;
  const { ending, confirming, confirmationNumber } = attempt;
  const step = useRef<HTMLDivElement>(null);
  const retryButton = useRef<HTMLButtonElement>(null);
  useEffect(() => (retryButton.current ?? step.current)?.focus(), [confirming, ending]);
  const hidden = ending === 'PHONE_HIDDEN';
  const byCode = (
    <button type="button" className={hidden ? 'phonegate-main' : ''} onClick={() => login.goTo('phone')}>
      {texts.withCode}
    </button>
  );
  return (
    <div
      className="phonegate-step"
      role="group"
      aria-label={confirming ? texts.confirmInWhatsApp : texts.withWhatsApp}
      tabIndex={-1}
      ref={step}
    >
      {ending ? (
        <>
          <ProblemLine id="phonegate-problem" login={login} ending={attempt.endingText} />
          {hidden && byCode}
          <MainButton
            login={login}
            label={texts.whatsapp.renew}
            buttonRef={retryButton}
            isMain={!hidden}
            onClick={() => void login.startWhatsApp()}
          />
          {!hidden && byCode}
        </>
      ) : (
        <>
          {!confirming && <Message attempt={attempt} i18n={i18n} devPhone={devPhone} />}
          <div role="status" className="phonegate-delivery">
            {confirming ? (
              <Confirmation
                number={confirmationNumber}
                triesLeft={attempt.confirmationTriesLeft}
                text={texts.whatsapp.confirm}
                i18n={i18n}
              />
            ) : (
              <p>{texts.whatsapp.waiting}</p>
            )}
          </div>
          <p className="phonegate-hint" role="timer">
            {texts.validFor(i18n.duration(attempt.secondsLeft))}
          </p>
          <ProblemLine id="phonegate-problem" login={login} />
          {byCode}
        </>
      )}
    </div>
  );
}

function Message({ attempt, i18n, devPhone }: { attempt: WhatsAppAttempt; i18n: I18n; devPhone: string | undefined }) {
  const { openDeveloper, whatsapp } = i18n.texts;
  const { link, loginMessage } = attempt;
  const developer = devPhone && `${devPhone}?text=${encodeURIComponent(loginMessage)}`;
  const [onPhone] = useState(isPhone);
  const qr = <Qr qr={attempt.qr} label={whatsapp.qr} />;
  return (
    <>
      {onPhone && link ? (
        <>
          <a className="phonegate-main" href={link} target="_blank" rel="noopener noreferrer">
            {whatsapp.open}
          </a>
          <details>
            <summary>{whatsapp.showQr}</summary>
            {qr}
          </details>
        </>
      ) : (
        <>
          <p>{whatsapp.scan}</p>
          {developer ? (
            <a href={developer} target="_blank" rel="noopener" aria-label={openDeveloper}>
              {qr}
            </a>
          ) : (
            qr
          )}
          {link && (
            <a href={link} target="_blank" rel="noopener noreferrer">
              {whatsapp.openHere}
            </a>
          )}
        </>
      )}
      {developer && (
        <a href={developer} target="_blank" rel="noopener">
          {openDeveloper}
        </a>
      )}
      <p className="phonegate-hint">{whatsapp.orSend}</p>
      <Copyable text={loginMessage} i18n={i18n} />
    </>
  );
}

function Copyable({ text, i18n }: { text: string; i18n: I18n }) {
  const { whatsapp } = i18n.texts;
  const [copied, setCopied] = useState(false);
  return (
    <div className="phonegate-copy">
      <code dir="ltr">{text}</code>
      <button
        type="button"
        onClick={() => {
          navigator.clipboard?.writeText(text).then(
            () => setCopied(true),
            () => {}, // forbidden: the user can select the text
          );
        }}
      >
        {whatsapp.copy}
      </button>
      <span role="status">{copied ? whatsapp.copied : ''}</span>
    </div>
  );
}

/** A phone cannot scan a QR code on its own screen. */
function isPhone(): boolean {
  return typeof matchMedia === 'function' && matchMedia('(pointer: coarse) and (max-width: 60rem)').matches;
}
