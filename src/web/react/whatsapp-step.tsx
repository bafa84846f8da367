import { useEffect, useRef, useState } from 'react';
import { type WhatsAppLogin, endingOf } from './flow/state.js';
import type { StepProps } from './phone-step.js';
import { ProblemLine } from './problem.js';
import { Qr } from './qr.js';
import type { Words } from './words.js';

/** Shows what to send by WhatsApp, and waits for it. */
export function WhatsAppStep({ login, words, now, whatsapp, devPhone }: StepProps) {
  const { texts } = words;
  const waiting = login.whatsapp;
  const ending = waiting && endingOf(waiting, now);
  const standing = useRef<HTMLDivElement>(null);
  const again = useRef<HTMLButtonElement>(null);
  const confirming = waiting?.attempt?.status === 'CONFIRMING';
  useEffect(() => (standing.current ?? again.current)?.focus(), [confirming, ending]);
  if (!waiting || !whatsapp) return null;

  const hidden = ending === 'PHONE_HIDDEN';
  const byCode = (
    <button type="button" className={hidden ? 'phonegate-main' : ''} onClick={() => login.goTo('phone')}>
      {texts.withCode}
    </button>
  );
  return (
    <div className="phonegate-step">
      {ending ? (
        <>
          <ProblemLine
            id="phonegate-problem"
            problem={login.problem}
            ending={ending === 'EXPIRED' ? texts.whatsapp.expired : texts.closed[ending]}
            now={now}
            words={words}
          />
          {hidden && byCode}
          <button
            ref={again}
            type="button"
            className={hidden ? '' : 'phonegate-main'}
            aria-disabled={login.busy}
            onClick={() => void login.startWhatsApp()}
          >
            {login.busy ? texts.working : texts.whatsapp.renew}
          </button>
          {!hidden && byCode}
        </>
      ) : (
        <>
          {!confirming && <Message login={waiting} words={words} devPhone={devPhone} />}
          <div role="status" tabIndex={-1} ref={standing} className="phonegate-delivery">
            {confirming ? (
              <Confirmation number={waiting.attempt?.confirmationNumber ?? ''} words={words} />
            ) : (
              <p>{texts.whatsapp.waiting}</p>
            )}
          </div>
          <p className="phonegate-hint" role="timer">
            {texts.validFor(words.time(waiting.expiresAt - now))}
          </p>
          <ProblemLine id="phonegate-problem" problem={login.problem} now={now} words={words} />
          {byCode}
        </>
      )}
    </div>
  );
}

/** The two digits to send back, large: they stand on the screen of whoever began this sign-in, and nowhere else. */
function Confirmation({ number, words }: { number: string; words: Words }) {
  return (
    <>
      <p>{words.texts.whatsapp.confirm}</p>
      <p className="phonegate-confirmation">
        <bdi dir="ltr">{words.digits(number)}</bdi>
      </p>
    </>
  );
}

function Message({ login, words, devPhone }: { login: WhatsAppLogin; words: Words; devPhone: boolean }) {
  const { whatsapp } = words.texts;
  const link = login.qrPayload.startsWith('https:') ? login.qrPayload : undefined;
  const developer = devPhone ? `/dev/phone?text=${encodeURIComponent(login.loginMessage)}` : undefined;
  const [small] = useState(isPhone);
  const qr = <Qr payload={login.qrPayload} label={whatsapp.qr} />;
  return (
    <>
      {small && link ? (
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
            <a href={developer} target="_blank" rel="noopener" aria-label={whatsapp.developer}>
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
          {whatsapp.developer}
        </a>
      )}
      <p className="phonegate-hint">{whatsapp.orSend}</p>
      <Copyable text={login.loginMessage} words={words} />
    </>
  );
}

function Copyable({ text, words }: { text: string; words: Words }) {
  const { whatsapp } = words.texts;
  const [copied, setCopied] = useState(false);
  return (
    <div className="phonegate-copy">
      <code dir="ltr">{text}</code>
      <button
        type="button"
        onClick={() => {
          navigator.clipboard?.writeText(text).then(
            () => setCopied(true),
            () => {}, // forbidden: it can be selected
          );
        }}
      >
        {whatsapp.copy}
      </button>
      <span role="status">{copied ? whatsapp.copied : ''}</span>
    </div>
  );
}

/** A phone cannot photograph its own screen. */
function isPhone(): boolean {
  return typeof matchMedia === 'function' && matchMedia('(pointer: coarse) and (max-width: 60rem)').matches;
}
