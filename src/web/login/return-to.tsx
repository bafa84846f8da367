import { useCallback, useEffect, useState } from 'react';
import type { Phonegate, SignedIn } from '@phonegate/client';
import { PhoneNumber, errorText } from '@phonegate/react';
import { Heading } from './heading.js';
import { isolated } from './isolated.js';
import type { PageI18n } from './page-i18n.js';
import { ProblemLine } from './problem-line.js';
import type { LoginRedirect } from './settings.js';
import { useRecheck } from './use-recheck.js';

const NAVIGATES_WITHIN_MS = 3_000;

/** Returns to the application with a one-time code. No token is ever in a URL. */
export function ReturnTo({
  client,
  redirect,
  user,
  mustConfirm,
  signOut,
  i18n,
}: {
  client: Phonegate;
  redirect: LoginRedirect;
  user: SignedIn['user'];
  /** Whether the user must confirm: they did not sign in on this page, and somebody else may have opened it. */
  mustConfirm: boolean;
  signOut: () => Promise<void>;
  i18n: PageI18n;
}) {
  const { texts } = i18n;
  const [problem, setProblem] = useState<string>();
  const [leaving, setLeaving] = useState(false);
  const application = isolated(nameOf(redirect.uri), i18n.direction);

  useRecheck(useCallback(() => client.me(), [client]));

  async function leave(): Promise<void> {
    setLeaving(true);
    setProblem(undefined);
    try {
      const { clientId, uri: redirectUri, state, codeChallenge } = redirect;
      const answer = await client.createAuthorizationCode({ clientId, redirectUri, state, codeChallenge });
      if (answer.__typename === 'AuthorizationCode') {
        location.assign(answer.redirectTo);
        // The application may not open: it is not installed, or answers without a page. Then the user can try again.
        setTimeout(() => setLeaving(false), NAVIGATES_WITHIN_MS);
        return;
      }
      setProblem(answer.message);
    } catch (error) {
      setProblem(errorText(error, i18n));
    }
    setLeaving(false);
  }
  useEffect(() => {
    if (!mustConfirm) void leave();
    // The back button restores the page as it was left, which may be out of date.
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) location.reload();
    };
    addEventListener('pageshow', onPageShow);
    return () => removeEventListener('pageshow', onPageShow);
  }, []);

  return (
    <>
      <Heading
        text={leaving ? texts.account.returning(application) : texts.account.continueTo(application)}
        takesFocus
      />
      <p>
        {user.name} <PhoneNumber i18n={i18n}>{user.phone}</PhoneNumber>
      </p>
      <ProblemLine text={problem} />
      <button type="button" className="phonegate-main" aria-disabled={leaving} onClick={() => !leaving && void leave()}>
        {texts.account.continueTo(application)}
      </button>
      {mustConfirm && (
        <button
          type="button"
          onClick={() => void signOut().catch((error: unknown) => setProblem(errorText(error, i18n)))}
        >
          {texts.account.otherUser}
        </button>
      )}
    </>
  );
}

/** The part of a URI that a user recognizes: its host, or the scheme of an installed app. */
function nameOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host || protocol.replace(':', '');
}
