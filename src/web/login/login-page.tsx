import { useEffect, useState } from 'react';
import { type Phonegate, PhonegateError } from '@phonegate/client';
import { LOCALES, type Locale, LoginForm, errorText, usePhoneLogin, useSession } from '@phonegate/react';
import { Account } from './account.js';
import { Heading } from './heading.js';
import { isolated } from './isolated.js';
import { rememberLocale } from './locale.js';
import { LANGUAGES } from './languages.js';
import { type PageI18n, pageI18nFor } from './page-i18n.js';
import { ReturnTo } from './return-to.js';
import type { LoginSettings } from './settings.js';
import { stepHeading } from './step-heading.js';
import { useSignOut } from './use-sign-out.js';
import { useStepsInHistory } from './use-steps-in-history.js';

/** The page at /login: the login form, the account of a signed-in user, or the way back to the application. */
export function LoginPage({
  client,
  settings,
  language,
}: {
  client: Phonegate;
  settings: LoginSettings;
  /** The client reads its language from here. */
  language: { locale: Locale };
}) {
  const [locale, setLocale] = useState(language.locale);
  const i18n = pageI18nFor(locale);
  const { logo } = settings;
  useEffect(() => {
    document.documentElement.lang = i18n.locale;
    document.documentElement.dir = i18n.direction;
  }, [i18n]);

  function chooseLanguage(chosen: Locale): void {
    language.locale = chosen;
    rememberLocale(chosen);
    setLocale(chosen);
  }

  return (
    <main className="phonegate-card">
      {logo && <img className="phonegate-logo" src={logo} alt="" />}
      <Content client={client} settings={settings} i18n={i18n} />
      <div role="group" className="phonegate-languages" aria-label={i18n.texts.languages}>
        {LOCALES.map((each) => (
          <button
            key={each}
            type="button"
            lang={each}
            aria-pressed={each === i18n.locale}
            onClick={() => chooseLanguage(each)}
          >
            {LANGUAGES[each]}
          </button>
        ))}
      </div>
    </main>
  );
}

function Content({ client, settings, i18n }: { client: Phonegate; settings: LoginSettings; i18n: PageI18n }) {
  const session = useSession(client);
  // A user who signs in on this page wants to continue. One who signed in before or elsewhere is asked to confirm.
  const [signedInHere, setSignedInHere] = useState(false);
  const { signOut, wasSignedOut } = useSignOut(client);
  const { texts } = i18n;
  const { redirect } = settings;
  const application = isolated(settings.title, i18n.direction);

  if (typeof redirect === 'string')
    return (
      <>
        <Heading text={texts.signInTo(application)} />
        <p role="alert">{redirect === 'CODE_CHALLENGE_REQUIRED' ? texts.redirectUnprotected : texts.redirectRefused}</p>
        <p>
          <code dir="ltr">{redirect}</code>
        </p>
        <a href="?">{texts.toLogin}</a>
      </>
    );
  if (session.status === 'loading')
    return <p role="status">{session.error ? restoreErrorText(session.error, i18n) : texts.working}</p>;
  if (!session.user)
    return (
      <SignIn
        client={client}
        settings={settings}
        i18n={i18n}
        notice={wasSignedOut ? texts.signedOut : undefined}
        onSignedIn={setSignedInHere}
      />
    );
  const shared = { client, user: session.user, signOut, i18n };
  if (redirect) return <ReturnTo {...shared} redirect={redirect} mustConfirm={!signedInHere} />;
  return <Account {...shared} application={application} />;
}

/** Restoring is repeated by itself, so the text about the network does not ask the user to try again. */
const restoreErrorText = (error: unknown, i18n: PageI18n) =>
  error instanceof PhonegateError && error.code === 'NETWORK' ? i18n.texts.offline : errorText(error, i18n);

function SignIn({
  client,
  settings,
  i18n,
  notice,
  onSignedIn,
}: {
  client: Phonegate;
  settings: LoginSettings;
  i18n: PageI18n;
  /** Why the sign-in is shown to a user who was signed in. */
  notice: string | undefined;
  onSignedIn: (here: boolean) => void;
}) {
  const login = usePhoneLogin(client, { locale: i18n.locale, onSignedIn });
  const application = isolated(settings.title, i18n.direction);
  const heading = stepHeading(login, i18n.texts);
  useStepsInHistory(login);
  return (
    <>
      <Heading
        {...(heading === undefined ? { text: i18n.texts.signInTo(application) } : { text: heading, application })}
      />
      {notice && <p role="alert">{notice}</p>}
      <LoginForm login={login} whatsapp={settings.whatsapp} devPhone={settings.devPhone} />
    </>
  );
}
