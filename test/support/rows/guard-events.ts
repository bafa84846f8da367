import { type Queryable, idAt, insertRows } from './write.js';

/** Records that the guard refused requests. @returns the IDs of the rows */
export async function insertGuardEvents(
  database: Queryable,
  rows: { at?: Date; rule?: string; network?: string; count?: number }[],
): Promise<string[]> {
  const events = rows.map(({ at = new Date(), ...row }) => ({
    id: idAt(at),
    at,
    rule: 'phone',
    action: 'refused',
    count: 1,
    ...row,
  }));
  await insertRows(database, 'guard_events', events);
  return events.map(({ id }) => id);
}
