import { useEffect, useState } from 'react';
import type { Phonegate, SignedIn } from '@phonegate/client';
import { type I18n, PhoneNumber, errorText } from '@phonegate/react';
import { ProblemLine } from './problem-line.js';
import { useTitle } from './use-title.js';

type Device = Awaited<ReturnType<Phonegate['mySessions']>>[number];

/** The signed-in user and their devices. */
export function Account({ client, user, i18n }: { client: Phonegate; user: SignedIn['user']; i18n: I18n }) {
  const { account } = i18n.texts;
  const [devices, setDevices] = useState<Device[]>([]);
  const [problem, setProblem] = useState<string>();

  /** Runs the action, then loads the devices anew. */
  async function run(action: () => Promise<unknown>): Promise<void> {
    setProblem(undefined);
    try {
      await action();
      if (client.session.current()) setDevices(await client.mySessions());
    } catch (error) {
      setProblem(errorText(error, i18n));
    }
  }
  useTitle(account.title);
  useEffect(() => {
    const load = () => void run(async () => {});
    load();
    addEventListener('online', load);
    return () => removeEventListener('online', load);
  }, [i18n]);

  return (
    <>
      <h1>{account.title}</h1>
      <p>
        {user.name} <PhoneNumber i18n={i18n}>{user.phone}</PhoneNumber>
      </p>
      <ProblemLine text={problem} />
      <button type="button" className="phonegate-main" onClick={() => void run(client.session.signOut)}>
        {account.signOut}
      </button>
      <h2>{account.devices}</h2>
      <ul className="phonegate-devices">
        {devices.map((device) => (
          <li key={device.id}>
            <DeviceLines device={device} i18n={i18n} />
            {!device.current && (
              <button
                type="button"
                aria-label={account.signOutDevice(nameOf(device, i18n))}
                onClick={() => void run(() => client.revokeSession(device.id))}
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
          void run(async () => {
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

function DeviceLines({ device, i18n }: { device: Device; i18n: I18n }) {
  const { account } = i18n.texts;
  return (
    <p>
      <bdi>{nameOf(device, i18n)}</bdi>
      {device.current ? ` · ${account.thisDevice}` : ''}
      <br />
      <span className="phonegate-hint">
        {[device.location, device.ipAddress].filter(Boolean).join(', ')}{' '}
        {account.lastSeen(i18n.dateTime(device.lastSeenAt))}
      </span>
    </p>
  );
}

const nameOf = ({ device }: Device, { texts }: I18n) => (device === '?' ? texts.account.unknownDevice : device);
