import type { Bubble } from './conversations.js';

/** One button for each phone that has messages. */
export function PhoneList({
  phones,
  chosen,
  unread,
  onChoose,
}: {
  phones: { phone: string; last: Bubble }[];
  chosen: string | undefined;
  unread: Record<string, number>;
  onChoose: (phone: string) => void;
}) {
  return (
    <nav aria-label="Phones" className="phones">
      {phones.length === 0 ? (
        <p className="hint">No phone has received a message yet.</p>
      ) : (
        <ul>
          {phones.map(({ phone, last }) => (
            <li key={phone}>
              <button
                type="button"
                aria-current={phone === chosen ? 'true' : undefined}
                onClick={() => onChoose(phone)}
              >
                <bdi className="number">{phone}</bdi>
                {unread[phone] ? (
                  <span className="unread">
                    {unread[phone]}
                    <span className="unseen"> unread</span>
                  </span>
                ) : null}
                <span className="last" dir="auto">
                  {last.text}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}
