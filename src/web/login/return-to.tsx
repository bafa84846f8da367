import { useEffect, useState } from 'react';
import type { Phonegate, SignedIn } from '../client/index.js';
import type { Problem } from '../react/flow/state.js';
import { PhoneNumber } from '../react/phone-number.js';
import { ProblemLine } from '../react/problem.js';
import type { Words } from '../react/words.js';
import { isolated } from '../locales/locale.js';
import { problemOf } from '../react/flow/answers.js';
import { useTitle } from './use-title.js';
import type { LoginRedirect } from './settings.js';

const GONE_WITHIN_MS = 3_000;

/** Goes back to the application with a one-time code; a token never stands in an address. */
export function ReturnTo({
  client,
  redirect,
  user,
  asks,
  words,
}: {
  client: Phonegate;
  redirect: LoginRedirect;
  user: SignedIn['user'];
  /** Whether the person says so first: they did not sign in on this page, and somebody else may have opened it. */
  asks: boolean;
  words: Words;
}) {
  const { texts } = words;
  const [problem, setProblem] = useState<Problem>();
  const [leaving, setLeaving] = useState(false);
  const place = isolated(placeOf(redirect.uri), words.direction);

  async function leave(): Promise<void> {
    setLeaving(true);
    setProblem(undefined);
    try {
      const { uri: redirectUri, state, codeChallenge } = redirect;
      const answer = await client.createAuthorizationCode({ redirectUri, state, codeChallenge });
      if (answer.__typename === 'AuthorizationCode') {
        location.assign(answer.redirectTo);
        // Perhaps nobody is there: an app that is not installed, an answer without a page. Then it can be tried again.
        setTimeout(() => setLeaving(false), GONE_WITHIN_MS);
        return;
      }
      setProblem({ of: 'login', code: answer.code, message: answer.message });
    } catch (error) {
      setProblem(problemOf(error, 'login'));
    }
    setLeaving(false);
  }
  useTitle(texts.account.continueTo(place));
  useEffect(() => {
    if (!asks) void leave();
    // Back from the application, to the page as it was left: how things stand now, only a new one knows.
    const comeBack = ({ persisted }: PageTransitionEvent) => {
      if (persisted) location.reload();
    };
    addEventListener('pageshow', comeBack);
    return () => removeEventListener('pageshow', comeBack);
  }, []);

  return (
    <>
      <h1>{leaving ? texts.account.returning(place) : texts.account.continueTo(place)}</h1>
      <p>
        {user.name} <PhoneNumber words={words}>{user.phone}</PhoneNumber>
      </p>
      <ProblemLine id="phonegate-problem" problem={problem} now={client.now()} words={words} />
      <button type="button" className="phonegate-main" aria-disabled={leaving} onClick={() => !leaving && void leave()}>
        {texts.account.continueTo(place)}
      </button>
      {asks && (
        <button
          type="button"
          onClick={() => void client.session.signOut().catch((error: unknown) => setProblem(problemOf(error, 'login')))}
        >
          {texts.account.otherPerson}
        </button>
      )}
    </>
  );
}

/** What a person can recognise of an address: its host; of an app's own, its scheme. */
function placeOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host || protocol.replace(':', '');
}
