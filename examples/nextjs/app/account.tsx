'use client';

import { createPhonegate } from '@phonegate/client';
import { PhoneLogin, useSession } from '@phonegate/react';

// A server component cannot hand the client over, because it holds functions. So it is created here.
const client = createPhonegate({ url: process.env.NEXT_PUBLIC_GATEWAY_URL ?? 'http://localhost:4000', locale: 'en' });

export function Account() {
  const { user, signOut } = useSession(client);
  // While it is not known yet whether the user is signed in, as on the server, this is the form, too.
  if (!user) return <PhoneLogin client={client} locale="en" />;
  return (
    <>
      <p role="status">You are signed in as {user.phone}.</p>
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  );
}
