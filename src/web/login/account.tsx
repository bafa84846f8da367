import { useEffect, useState } from 'react';
import type { Phonegate, SignedIn } from '../client/index.js';
import type { Problem } from '../react/index.js';
import { PhoneNumber } from '../react/phone-number.js';
import { ProblemLine } from '../react/problem.js';
import type { Words } from '../react/words.js';
import { useTitle } from './use-title.js';
import { problemOf } from '../react/flow/answers.js';

type Device = Awaited<ReturnType<Phonegate['mySessions']>>[number];

/** Who is signed in, and where else. */
export function Account({ client, user, words }: { client: Phonegate; user: SignedIn['user']; words: Words }) {
  const { account } = words.texts;
  const [devices, setDevices] = useState<Device[]>([]);
  const [problem, setProblem] = useState<Problem>();

  /** Does it, then shows how things stand; or why it could not be done. */
  async function act(deed: () => Promise<unknown>): Promise<void> {
    setProblem(undefined);
    try {
      await deed();
      if (client.session.current()) setDevices(await client.mySessions());
    } catch (error) {
      setProblem(problemOf(error, 'login'));
    }
  }
  useTitle(account.title);
  useEffect(() => {
    const look = () => void act(async () => {});
    look();
    addEventListener('online', look);
    return () => removeEventListener('online', look);
  }, [words]);

  return (
    <>
      <h1>{account.title}</h1>
      <p>
        {user.name} <PhoneNumber words={words}>{user.phone}</PhoneNumber>
      </p>
      <p>
        {account.role}: {user.role}
      </p>
      <ProblemLine id="phonegate-problem" problem={problem} now={client.now()} words={words} />
      <button type="button" className="phonegate-main" onClick={() => void act(client.session.signOut)}>
        {account.signOut}
      </button>
      <h2>{account.devices}</h2>
      <ul className="phonegate-devices">
        {devices.map((device) => (
          <li key={device.id}>
            <DeviceLines device={device} words={words} />
            {!device.current && (
              <button
                type="button"
                aria-label={account.signOutDevice(nameOf(device, words))}
                onClick={() => void act(() => client.revokeSession(device.id))}
              >
                {account.signOut}
              </button>
            )}
          </li>
        ))}
      </ul>
      <button
        type="button"
        onClick={() =>
          void act(async () => {
            await client.revokeOtherSessions();
            await client.session.signOut();
          })
        }
      >
        {account.signOutEverywhere}
      </button>
    </>
  );
}

function DeviceLines({ device, words }: { device: Device; words: Words }) {
  const { account } = words.texts;
  return (
    <p>
      <bdi>{nameOf(device, words)}</bdi>
      {device.current ? ` · ${account.thisDevice}` : ''}
      <br />
      <span className="phonegate-hint">
        {[device.location, device.ipAddress].filter(Boolean).join(', ')}{' '}
        {account.lastSeen(words.moment(device.lastSeenAt))}
      </span>
    </p>
  );
}

const nameOf = ({ device }: Device, { texts }: Words) => (device === '?' ? texts.account.unknownDevice : device);
