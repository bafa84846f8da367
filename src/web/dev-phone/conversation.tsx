import { useEffect, useRef } from 'react';
import { labelOf } from './channel.js';
import { Code } from './code.js';
import type { Bubble, Received, Written } from './conversations.js';

/** A phone's screen: received messages on the left, messages written from it on the right. */
export function Conversation({
  phone,
  bubbles,
  loginPage,
}: {
  phone: string | undefined;
  bubbles: Bubble[];
  /** Its path. */
  loginPage: string;
}) {
  const list = useRef<HTMLOListElement>(null);
  const latest = bubbles.at(-1)?.id;
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [phone, latest]);

  if (phone === undefined || bubbles.length === 0)
    return (
      <p className="hint empty">
        Codes and messages that the gateway sends appear here. Ask for one on the <a href={loginPage}>login page</a>.
      </p>
    );
  return (
    <ol ref={list} className="bubbles" tabIndex={0} aria-label={`Messages of ${phone}`}>
      {bubbles.map((bubble) =>
        bubble.kind === 'received' ? (
          <ReceivedBubble key={bubble.id} message={bubble} />
        ) : (
          <WrittenBubble key={bubble.id} message={bubble} />
        ),
      )}
    </ol>
  );
}

function ReceivedBubble({ message: { channel, text, code, at } }: { message: Received }) {
  const { kind, sender } = labelOf(channel);
  return (
    <li className={`bubble ${kind.toLowerCase()}`}>
      <p className="meta">
        <span className="kind">{kind}</span> · {sender}
      </p>
      <p className="text" dir="auto">
        {text}
      </p>
      {code === undefined ? null : <Code code={code} />}
      <Time at={at} />
    </li>
  );
}

function WrittenBubble({ message: { text, hidden, status, at } }: { message: Written }) {
  const isTaken = status === 200;
  return (
    <li className="bubble written">
      <p className="meta">
        <span className="kind">WhatsApp</span> · to the gateway{hidden ? ', number hidden' : ''}
      </p>
      <p className="text" dir="auto">
        {text}
      </p>
      <p className={isTaken ? 'taken' : 'refused'}>
        {isTaken ? '✓ taken by the gateway' : '✗ refused by the gateway'} (HTTP {status})
      </p>
      <Time at={at} />
    </li>
  );
}

function Time({ at }: { at: string }) {
  return <time dateTime={at}>{new Date(at).toLocaleTimeString('en-GB')}</time>;
}
