import { render } from 'preact';
import { useCallback, useEffect, useReducer, useState } from 'react';
import { labelOf } from './channel.js';
import { Compose } from './compose.js';
import { Conversation } from './conversation.js';
import { type Change, type Conversations, change, phonesOf } from './conversations.js';
import { PhoneList } from './phone-list.js';
import type { DevPhoneSettings, PhoneMessage } from './settings.js';
import { useMessages } from './use-messages.js';

const settings = JSON.parse(document.querySelector('#settings')?.textContent ?? '{}') as DevPhoneSettings;
const query = new URLSearchParams(location.search);
const TITLE = document.title;
/** The sender before any phone has received a message. An invented number. */
const EXAMPLE_PHONE = '77010000002';

/** Digits only: a `+` that is not encoded in the URL arrives as a space. */
function phoneIn(written: string | null): string | undefined {
  const digits = written?.replace(/\D/g, '');
  return digits ? `+${digits}` : undefined;
}

const START: Conversations = { bubbles: [], chosen: phoneIn(query.get('phone')), unread: {} };

function DevPhone() {
  const [state, dispatch] = useReducer(change, START);
  const [typedFrom, setTypedFrom] = useState<string>();
  const [announcement, setAnnouncement] = useState('');
  const { bubbles, chosen, unread } = state;

  const receive = useCallback((messages: PhoneMessage[], isNew: boolean) => {
    dispatch({ kind: 'received', messages, isVisible: !document.hidden });
    const last = messages.at(-1);
    if (isNew && last) setAnnouncement(`${labelOf(last.channel).kind} for ${last.phone}: ${last.text}`);
  }, []);
  const isConnected = useMessages(receive, settings.path);

  useEffect(() => {
    const markRead = () => {
      if (!document.hidden && chosen !== undefined) dispatch({ kind: 'chosen', phone: chosen });
    };
    document.addEventListener('visibilitychange', markRead);
    return () => document.removeEventListener('visibilitychange', markRead);
  }, [chosen]);

  /** The chosen phone is the sender, too. */
  function choose(event: Change) {
    dispatch(event);
    setTypedFrom(undefined);
  }

  const count = Object.values(unread).reduce((sum, one) => sum + one, 0);
  useEffect(() => {
    document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE;
  }, [count]);

  return (
    <>
      <header className="top">
        <h1>Developer’s phone</h1>
        <p>
          <span className={isConnected ? 'live' : 'lost'}>{isConnected ? 'live' : 'connecting…'}</span>
          <a href={`${settings.path}/login`}>Login page</a>
          <a href={`${settings.path}/graphql`}>GraphiQL</a>
        </p>
      </header>
      <div className="desk">
        <PhoneList
          phones={phonesOf(bubbles)}
          chosen={chosen}
          unread={unread}
          onChoose={(phone) => choose({ kind: 'chosen', phone })}
        />
        <main className="phone">
          <h2>{chosen === undefined ? 'No phone yet' : <bdi>{chosen}</bdi>}</h2>
          <Conversation
            phone={chosen}
            bubbles={bubbles.filter(({ phone }) => phone === chosen)}
            loginPage={`${settings.path}/login`}
          />
          <Compose
            from={typedFrom ?? chosen ?? EXAMPLE_PHONE}
            number={settings.number}
            path={settings.path}
            filledIn={query.get('text')}
            onFrom={setTypedFrom}
            onWritten={(message) => choose({ kind: 'written', message })}
          />
        </main>
      </div>
      <p className="unseen" role="status">
        {announcement}
      </p>
    </>
  );
}

render(<DevPhone />, document.querySelector('#page') as HTMLElement);
