import { useEffect, useRef, useState } from 'react';
import type { Phonegate } from '../client/index.js';
import { LOCALES, type Locale } from '../locales/texts.js';
import { LoginForm } from '../react/phone-login.js';
import { usePhoneLogin, useSession } from '../react/index.js';
import { type Words, useWords } from '../react/words.js';
import { Account } from './account.js';
import { rememberLocale } from './locale.js';
import { LANGUAGES } from './languages.js';
import { ReturnTo } from './return-to.js';
import type { LoginSettings } from './settings.js';
import { useStepsInHistory } from './use-steps-in-history.js';

/** The page at /login: signs a person in, tells them who they are, or sends them back to the application they came from. */
export function LoginPage({
  client,
  settings,
  language,
}: {
  client: Phonegate;
  settings: LoginSettings;
  /** What the client speaks, and where it looks for that. */
  language: { locale: Locale };
}) {
  const [locale, setLocale] = useState(language.locale);
  const words = useWords(locale);
  const { title, logo } = settings;
  useEffect(() => {
    if (!words) return;
    document.documentElement.lang = words.locale;
    document.documentElement.dir = words.direction;
    document.title = words.texts.signInTo(title);
  }, [words, title]);
  if (!words) return null;

  function speak(chosen: Locale): void {
    language.locale = chosen;
    rememberLocale(chosen);
    setLocale(chosen);
  }

  return (
    <main className="phonegate-card">
      {logo && <img className="phonegate-logo" src={logo} alt="" />}
      <Inside client={client} settings={settings} words={words} />
      <div role="group" className="phonegate-languages" aria-label={words.texts.languages}>
        {LOCALES.map((each) => (
          <button key={each} type="button" lang={each} aria-pressed={each === words.locale} onClick={() => speak(each)}>
            {LANGUAGES[each]}
          </button>
        ))}
      </div>
    </main>
  );
}

function Inside({ client, settings, words }: { client: Phonegate; settings: LoginSettings; words: Words }) {
  const session = useSession(client);
  const cameSignedIn = useRef<boolean>(undefined);
  // Whoever was signed in when they came is asked before they are sent on; who signs in just now has said so.
  if (session.status === 'signed-in') cameSignedIn.current ??= true;
  if (session.status === 'signed-out') cameSignedIn.current = false;
  const { texts } = words;
  const { redirect } = settings;

  if (redirect === 'refused')
    return (
      <>
        <h1>{texts.signInTo(settings.title)}</h1>
        <p role="alert">{texts.redirectRefused}</p>
        <a href="/login">{texts.toLogin}</a>
      </>
    );
  if (session.status === 'loading') return <p role="status">{texts.working}</p>;
  if (!session.user) return <SignIn client={client} settings={settings} words={words} />;
  if (redirect)
    return (
      <ReturnTo
        client={client}
        redirect={redirect}
        user={session.user}
        asks={cameSignedIn.current === true}
        words={words}
      />
    );
  return <Account client={client} user={session.user} words={words} />;
}

function SignIn({ client, settings, words }: { client: Phonegate; settings: LoginSettings; words: Words }) {
  const login = usePhoneLogin(client);
  useStepsInHistory(login);
  return (
    <>
      <h1>{words.texts.signInTo(settings.title)}</h1>
      <LoginForm
        client={client}
        login={login}
        words={words}
        whatsapp={settings.whatsapp}
        devPhone={settings.devPhone}
      />
    </>
  );
}
