import { statement } from '../../db/statement.js';
import { present, uuid } from '../../db/types.js';
import { type RevokeDeps, type RevokedReason, endSession } from '../revoke.js';

/** The session for which an ended session was exchanged. An exchange ends the session, so there is at most one. */
const READ_SUCCESSOR = statement({
  name: 'sessions/read_successor_of_session',
  sql: `
    SELECT opened_session_id AS id FROM authorization_codes
    WHERE session_id = :sessionId AND opened_session_id IS NOT NULL`,
  parameters: { sessionId: uuid },
  columns: { id: present(uuid) },
});

/**
 * Ends a session, and every session for which it was exchanged since: a thief must not keep access by a further
 * exchange. These are separate statements, because the snapshot of one may be older than the session that a concurrent
 * exchange has opened.
 *
 * @returns the number of sessions that were open.
 */
export async function endWithSuccessors(
  { sessionId, reason }: { sessionId: string; reason: RevokedReason },
  deps: RevokeDeps,
): Promise<number> {
  let ended = 0;
  for (let id: string | undefined = sessionId; id;) {
    if (await endSession({ sessionId: id, actor: 'gateway', reason }, deps)) ended += 1;
    const successors: { id: string }[] = await deps.database.query(READ_SUCCESSOR, { sessionId: id });
    id = successors[0]?.id;
  }
  return ended;
}
