import { useEffect, useRef, useState } from 'react';
import type { Phonegate } from '@phonegate/client';
import { latinDigits } from '@phonegate/react';
import type { PageI18n } from './page-i18n.js';
import { refusal } from './refusal.js';

/** "Download my data" and "Delete my account". The user confirms the deletion with the last four digits of the phone. */
export function AccountData({
  client,
  phone,
  i18n,
  run,
}: {
  client: Phonegate;
  phone: string;
  i18n: PageI18n;
  /** Shows the error of an action. */
  run: (action: () => Promise<unknown>) => Promise<void>;
}) {
  const { account } = i18n.texts;
  const [isDeleting, setIsDeleting] = useState(false);
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [isDeleting]);
  const isConfirmed = latinDigits(typed).trim() === phone.slice(-4);

  return (
    <>
      <h2>{account.data}</h2>
      <button type="button" onClick={() => void run(() => download(client))}>
        {account.download}
      </button>
      {isDeleting ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isConfirmed) void run(() => deleteAccount(client));
          }}
        >
          <label>
            {account.confirmDeletion}
            <input
              ref={field}
              inputMode="numeric"
              autoComplete="off"
              maxLength={4}
              value={typed}
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          </label>
          <button type="submit" aria-disabled={!isConfirmed}>
            {account.deleteForGood}
          </button>
        </form>
      ) : (
        <button type="button" onClick={() => setIsDeleting(true)}>
          {account.delete}
        </button>
      )}
    </>
  );
}

async function download(client: Phonegate): Promise<void> {
  const answer = await client.exportMe();
  if (answer.__typename !== 'AccountExport') throw refusal(answer);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([answer.json], { type: 'application/json' }));
  link.download = 'my-data.json';
  link.click();
  URL.revokeObjectURL(link.href);
}

async function deleteAccount(client: Phonegate): Promise<void> {
  const answer = await client.deleteMe();
  if (answer.__typename !== 'AccountDeleted') throw refusal(answer);
}
