import { type RefObject, useEffect, useRef, useState } from 'react';
import type { PageI18n } from './page-i18n.js';
import type { Device } from './use-devices.js';

/** Devices that are shown at first. */
const SHOWN_AT_FIRST = 5;

/** The devices of the user: this one, and those used last. A button shows all others. */
export function DeviceList({
  devices,
  i18n,
  onSignOut,
}: {
  devices: Device[];
  i18n: PageI18n;
  onSignOut: (device: Device) => void;
}) {
  const { texts } = i18n;
  const [showsAll, setShowsAll] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  useFocusOnFirstAdded(list, showsAll);
  const shown = showsAll ? devices : devices.slice(0, SHOWN_AT_FIRST);
  return (
    <>
      <ul className="phonegate-devices" ref={list}>
        {shown.map((device) => (
          <li key={device.id}>
            <p>
              <bdi>{nameOf(device, i18n)}</bdi>
              {device.current ? ` · ${texts.account.thisDevice}` : ''}
            </p>
            {!device.current && (
              <button
                type="button"
                aria-label={texts.account.signOutDevice(nameOf(device, i18n))}
                aria-describedby={`seen-${device.id}`} // two devices may have one name
                onClick={() => onSignOut(device)}
              >
                {texts.account.signOut}
              </button>
            )}
            <p className="phonegate-hint" id={`seen-${device.id}`}>
              {lastSeenOf(device, i18n)}
            </p>
          </li>
        ))}
      </ul>
      {shown.length < devices.length && (
        <button type="button" onClick={() => setShowsAll(true)}>
          {texts.showAllDevices(i18n.number(devices.length))}
        </button>
      )}
    </>
  );
}

/** The button that showed all devices is gone. */
function useFocusOnFirstAdded(list: RefObject<HTMLUListElement | null>, showsAll: boolean): void {
  useEffect(() => {
    if (showsAll) list.current?.querySelectorAll('button')[SHOWN_AT_FIRST - 1]?.focus();
  }, [showsAll]);
}

const nameOf = ({ device }: Device, { texts }: PageI18n) => (device === '?' ? texts.account.unknownDevice : device);

/** “Bishkek, 203.0.113.7 · last seen Nov 28, 2026, 1:50 PM” */
function lastSeenOf({ location, ipAddress, lastSeenAt }: Device, { texts, dateTime }: PageI18n): string {
  const origin = [location, ipAddress].filter(Boolean).join(', ');
  return [origin, texts.account.lastSeen(dateTime(lastSeenAt))].filter(Boolean).join(' · ');
}
