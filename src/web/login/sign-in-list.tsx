import { useState } from 'react';
import type { Phonegate } from '@phonegate/client';
import type { PageI18n } from './page-i18n.js';

type SignIn = Awaited<ReturnType<Phonegate['mySignIns']>>['edges'][number]['node'];

/** The newest attempts to sign in to the account. They are loaded when the user opens the list. */
export function SignInList({
  client,
  i18n,
  run,
}: {
  client: Phonegate;
  i18n: PageI18n;
  /** Shows the error of an action. */
  run: (action: () => Promise<unknown>) => Promise<void>;
}) {
  const { account } = i18n.texts;
  const [signIns, setSignIns] = useState<SignIn[]>([]);
  const [next, setNext] = useState<string | null>();
  const load = async (after?: string) => {
    if (!client.session.current()) return;
    const { edges, pageInfo } = await client.mySignIns(after === undefined ? {} : { after });
    const loaded = edges.map(({ node }) => node);
    setSignIns((shown) => (after === undefined ? loaded : [...shown, ...loaded]));
    setNext(pageInfo.hasNextPage ? pageInfo.endCursor : null);
  };
  return (
    <details onToggle={({ currentTarget: { open } }) => open && void run(() => load())}>
      <summary>{account.signIns}</summary>
      <ul className="phonegate-devices phonegate-sign-ins">
        {signIns.map((signIn) => (
          <li key={signIn.id}>
            <p>
              {account.outcomes[signIn.outcome]} ·{' '}
              <bdi>{signIn.device === '?' ? account.unknownDevice : signIn.device}</bdi>
            </p>
            <p className="phonegate-hint">
              {[signIn.location, signIn.ipAddress, i18n.dateTime(signIn.at)].filter(Boolean).join(' · ')}
            </p>
          </li>
        ))}
      </ul>
      {next && (
        <button type="button" onClick={() => void run(() => load(next))}>
          {account.showMore}
        </button>
      )}
    </details>
  );
}
