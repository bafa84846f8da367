import { useEffect, useState } from 'react';
import type { Phonegate } from '../client/index.js';
import { isolated } from '../locales/locale.js';
import { LOCALES, type Locale } from '../locales/texts.js';
import { LoginForm } from '../react/phone-login.js';
import { usePhoneLogin, useSession } from '../react/index.js';
import { saidOf } from '../react/problem.js';
import { type Words, useWords } from '../react/words.js';
import { Account } from './account.js';
import { rememberLocale } from './locale.js';
import { LANGUAGES } from './languages.js';
import { problemOf } from '../react/flow/answers.js';
import { ReturnTo } from './return-to.js';
import type { LoginSettings } from './settings.js';
import { useTitle } from './use-title.js';
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
  const { logo } = settings;
  useEffect(() => {
    if (!words) return;
    document.documentElement.lang = words.locale;
    document.documentElement.dir = words.direction;
  }, [words]);
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
  // Who signs in on this page has said that they want to go on; who did elsewhere, or was signed in when they came, is asked.
  const [signedInHere, setSignedInHere] = useState(false);
  const { texts } = words;
  const { redirect } = settings;

  if (redirect === 'refused')
    return (
      <>
        <h1>{texts.signInTo(isolated(settings.title, words.direction))}</h1>
        <p role="alert">{texts.redirectRefused}</p>
        <a href="/login">{texts.toLogin}</a>
      </>
    );
  if (session.status === 'loading')
    return <p role="status">{session.problem ? saidOf(problemOf(session.problem, 'login'), words) : texts.working}</p>;
  if (!session.user) return <SignIn client={client} settings={settings} words={words} onSignedIn={setSignedInHere} />;
  if (redirect)
    return <ReturnTo client={client} redirect={redirect} user={session.user} asks={!signedInHere} words={words} />;
  return <Account client={client} user={session.user} words={words} />;
}

function SignIn({
  client,
  settings,
  words,
  onSignedIn,
}: {
  client: Phonegate;
  settings: LoginSettings;
  words: Words;
  onSignedIn: (here: boolean) => void;
}) {
  const login = usePhoneLogin(client, { onSignedIn });
  const title = words.texts.signInTo(isolated(settings.title, words.direction));
  useTitle(title);
  useStepsInHistory(login);
  return (
    <>
      <h1>{title}</h1>
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
