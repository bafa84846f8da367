import { useEffect, useRef, useState } from 'react';
import type { Written } from './conversations.js';
import type { SendAnswer } from './settings.js';

/** Writes a WhatsApp message to the gateway, from any number. */
export function Compose({
  from,
  number,
  path,
  filledIn,
  onFrom,
  onWritten,
}: {
  /** The sender's number in any spelling. */
  from: string;
  /** The gateway's own number, digits; `null` where it is not known. */
  number: string | null;
  /** The path of PUBLIC_URL. */
  path: string;
  /** The text to begin with; `null` for none. */
  filledIn: string | null;
  onFrom: (from: string) => void;
  onWritten: (message: Written) => void;
}) {
  const [text, setText] = useState(filledIn ?? '');
  const [hidden, setHidden] = useState(false);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (filledIn) button.current?.focus();
  }, [filledIn]);

  async function send() {
    if (isSending || text.trim() === '') return;
    setSending(true);
    setProblem(undefined);
    const answer = await post({ from, text, hidden }, path);
    setSending(false);
    if (typeof answer === 'string') return setProblem(answer);
    onWritten({ kind: 'written', id: `${answer.at} ${answer.phone}`, text, hidden, ...answer });
    setText('');
    box.current?.focus(); // the next message may answer a question of the gateway
  }

  return (
    <form
      className="compose"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label htmlFor="text">WhatsApp message to the gateway{number === null ? '' : ` (+${number})`}</label>
      <div className="row">
        <textarea
          id="text"
          ref={box}
          dir="auto"
          rows={2}
          maxLength={4096}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            void send();
          }}
        />
        <button type="submit" ref={button} disabled={isSending}>
          Send
        </button>
      </div>
      <div className="row">
        <label htmlFor="from">From</label>
        <input
          id="from"
          type="tel"
          dir="ltr"
          autoComplete="off"
          maxLength={64}
          value={from}
          aria-invalid={problem !== undefined}
          aria-describedby="problem"
          onInput={({ currentTarget }) => onFrom(currentTarget.value)}
        />
        <label>
          <input type="checkbox" checked={hidden} onInput={({ currentTarget }) => setHidden(currentTarget.checked)} />{' '}
          hidden number
        </label>
      </div>
      <p id="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}

/** @returns an error text when the message did not reach the webhook */
async function post(
  message: { from: string; text: string; hidden: boolean },
  path: string,
): Promise<SendAnswer | string> {
  try {
    const response = await fetch(`${path}/dev/phone/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    const answer = (await response.json()) as SendAnswer & { error?: string; message?: string };
    return response.ok ? answer : (answer.message ?? answer.error ?? `The gateway answered ${response.status}.`);
  } catch {
    return 'The gateway does not answer.';
  }
}
