import { useEffect, useState } from 'react';
import type { Phonegate, Storage } from '@phonegate/client';
import { chooseLocale } from './locales/load-texts.js';
import type { Locale } from './locales/locale.js';
import { CodeStep } from './code-step.js';
import { PhoneStep } from './phone-step.js';
import { type PhoneLogin as Login, usePhoneLogin } from './use-phone-login.js';
import { useOffline } from './use-offline.js';
import { useNow } from './use-now.js';
import { WhatsAppStep } from './whatsapp-step.js';
import { type I18n, useI18n } from './i18n.js';

export interface PhoneLoginProps {
  client: Phonegate;
  /** en, ru, kk, ky or fa. Default: the browser's. Give the client the same. */
  locale?: Locale;
  /** Whether to offer the login by WhatsApp. Default true. */
  whatsapp?: boolean;
  /** Where attempts are kept over a reload. Default localStorage; `null` for nowhere. */
  storage?: Storage | null;
}

/**
 * The form of the gateway's own login page. `useSession` tells when the user is signed in. Style it by
 * `phonegate/react/style.css` and its CSS variables.
 */
export function PhoneLogin({ client, locale, whatsapp = true, storage }: PhoneLoginProps) {
  const i18n = useI18n(locale ?? chooseLocale(browserLanguages()));
  const login = usePhoneLogin(client, storage === undefined ? {} : { storage });
  return i18n ? <LoginForm client={client} login={login} i18n={i18n} whatsapp={whatsapp} devPhone={false} /> : null;
}

/** The form for a login state of the caller, which the gateway's own page needs for its back button. */
export function LoginForm(props: {
  client: Phonegate;
  login: Login;
  i18n: I18n;
  whatsapp: boolean;
  devPhone: boolean;
}) {
  const { client, login, i18n, whatsapp, devPhone } = props;
  const now = useNow(client);
  const offline = useOffline();
  const { goTo, step } = login;
  const [shownLocale, setShownLocale] = useState(i18n.locale);
  useEffect(() => {
    // A message of the gateway is in the language before: `goTo` removes it.
    if (shownLocale !== i18n.locale) goTo(step);
    setShownLocale(i18n.locale);
  }, [i18n.locale]);
  const shared = { client, login, i18n, now, whatsapp, devPhone };
  return (
    <div className="phonegate" lang={i18n.locale} dir={i18n.direction}>
      {whatsapp && login.step === 'whatsapp' && login.whatsapp ? (
        <WhatsAppStep key={login.whatsapp.attemptId} {...shared} />
      ) : login.step === 'code' && login.code ? (
        <CodeStep key={login.code.attemptId} {...shared} code={login.code} />
      ) : (
        <PhoneStep {...shared} />
      )}
      <p role="status" className="phonegate-hint">
        {offline ? i18n.texts.offline : ''}
      </p>
    </div>
  );
}

function browserLanguages(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : navigator.languages;
}
