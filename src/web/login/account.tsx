import { useEffect, useRef, useState } from 'react';
import { type Phonegate, PhonegateError, type SignedIn } from '@phonegate/client';
import { PhoneNumber, errorText } from '@phonegate/react';
import { AccountData } from './account-data.js';
import { throwIfTooOld } from './refusal.js';
import { DeviceList } from './device-list.js';
import { Heading } from './heading.js';
import type { PageI18n } from './page-i18n.js';
import { ProblemLine } from './problem-line.js';
import { SignInList } from './sign-in-list.js';
import { useDevices } from './use-devices.js';

/** The signed-in user and their devices. */
export function Account({
  client,
  user,
  application,
  signOut,
  i18n,
}: {
  client: Phonegate;
  user: SignedIn['user'];
  /** Name of the application. */
  application: string;
  signOut: () => Promise<void>;
  i18n: PageI18n;
}) {
  const { account } = i18n.texts;
  const { devices, load } = useDevices(client);
  const [problem, setProblem] = useState<string>();
  const [isSignInTooOld, setIsSignInTooOld] = useState(false);
  const devicesHeading = useRef<HTMLHeadingElement>(null);

  async function run(action: () => Promise<unknown>): Promise<void> {
    setProblem(undefined);
    setIsSignInTooOld(false);
    try {
      await action();
    } catch (error) {
      // The session is over: the sign-in takes this page's place.
      if (!client.session.current()) return;
      setProblem(errorText(error, i18n));
      setIsSignInTooOld(error instanceof PhonegateError && error.code === 'FRESH_SIGN_IN_REQUIRED');
    }
  }
  useEffect(() => void run(load), [i18n]);

  return (
    <>
      <Heading text={account.title} application={application} takesFocus />
      <p>
        {user.name} <PhoneNumber i18n={i18n}>{user.phone}</PhoneNumber>
      </p>
      <ProblemLine text={problem} />
      {isSignInTooOld && (
        <button type="button" onClick={() => void run(signOut)}>
          {account.signInAgain}
        </button>
      )}
      <button type="button" className="phonegate-main" onClick={() => void run(signOut)}>
        {account.signOut}
      </button>
      <h2 ref={devicesHeading} tabIndex={-1}>
        {account.devices}
      </h2>
      <DeviceList
        devices={devices}
        i18n={i18n}
        onSignOut={({ id }) =>
          void run(async () => {
            throwIfTooOld(await client.revokeSession(id));
            devicesHeading.current?.focus(); // the button disappears with its device
            await load();
          })
        }
      />
      <button
        type="button"
        onClick={() =>
          void run(async () => {
            throwIfTooOld(await client.revokeOtherSessions());
            await signOut();
          })
        }
      >
        {account.signOutEverywhere}
      </button>
      <SignInList client={client} i18n={i18n} run={run} />
      <AccountData client={client} phone={user.phone} i18n={i18n} run={run} />
    </>
  );
}
