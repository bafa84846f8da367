import { useEffect, useState } from 'react';
import type { Phonegate, Storage } from '../client/index.js';
import { type Locale, chooseLocale } from '../locales/texts.js';
import { CodeStep } from './code-step.js';
import { PhoneStep } from './phone-step.js';
import { type PhoneLogin as Login, usePhoneLogin } from './use-phone-login.js';
import { useOffline } from './use-offline.js';
import { useNow } from './use-now.js';
import { WhatsAppStep } from './whatsapp-step.js';
import { type Words, useWords } from './words.js';

export interface PhoneLoginProps {
  client: Phonegate;
  /** en, ru, kk, ky or fa; the browser's own, unless given. Give the client the same. */
  locale?: Locale;
  /** Whether to offer the login by WhatsApp; unless `false`. */
  whatsapp?: boolean;
  /** Where attempts are kept over a reload; localStorage unless given, nothing for `null`. */
  storage?: Storage | null;
}

/**
 * Signs a person in: our own login page's form. What happens then, `useSession` tells. Its looks are in
 * `phonegate/react/style.css`, and a few CSS variables.
 */
export function PhoneLogin({ client, locale, whatsapp = true, storage }: PhoneLoginProps) {
  const words = useWords(locale ?? chooseLocale(browserLanguages()));
  const login = usePhoneLogin(client, storage === undefined ? {} : { storage });
  return words ? <LoginForm client={client} login={login} words={words} whatsapp={whatsapp} devPhone={false} /> : null;
}

/** The form over a login that somebody else holds: what our own page needs for its back button. */
export function LoginForm(parts: {
  client: Phonegate;
  login: Login;
  words: Words;
  whatsapp: boolean;
  devPhone: boolean;
}) {
  const { client, login, words, whatsapp, devPhone } = parts;
  const now = useNow(client);
  const offline = useOffline();
  const { goTo, step } = login;
  const [spoken, setSpoken] = useState(words.locale);
  useEffect(() => {
    // What the gateway said it said in the language before.
    if (spoken !== words.locale) goTo(step);
    setSpoken(words.locale);
  }, [words.locale]);
  const shared = { client, login, words, now, whatsapp, devPhone };
  return (
    <div className="phonegate" lang={words.locale} dir={words.direction}>
      {whatsapp && login.step === 'whatsapp' && login.whatsapp ? (
        <WhatsAppStep key={login.whatsapp.attemptId} {...shared} />
      ) : login.step === 'code' && login.code ? (
        <CodeStep key={login.code.attemptId} {...shared} code={login.code} />
      ) : (
        <PhoneStep {...shared} />
      )}
      <p role="status" className="phonegate-hint">
        {offline ? words.texts.offline : ''}
      </p>
    </div>
  );
}

function browserLanguages(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : navigator.languages;
}
