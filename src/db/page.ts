import { validate as isUuid } from 'uuid';
import { InvalidInput } from '../domain-error.js';
import { minUuidAt } from './uuid-time.js';

/** A page of a list that is ordered by ID (UUID version 7), newest first. */
export interface Page {
  /** Only rows after this ID in the list. They are older. */
  after?: string | undefined;
  /** Only rows before this ID in the list. They are newer. */
  before?: string | undefined;
  limit: number;
  /** Returns the last rows of the list instead of the first, oldest first. */
  inverted: boolean;
}

/** Rows that were created from `since` on and before `until`. */
export interface Period {
  since?: Date | null | undefined;
  until?: Date | null | undefined;
}

/** The cursors of a page, in lower case. @throws InvalidInput "after" or "before" when it is not a UUID */
export function checkCursors({ after, before }: Pick<Page, 'after' | 'before'>): Pick<Page, 'after' | 'before'> {
  if (after && !isUuid(after)) throw new InvalidInput('after');
  if (before && !isUuid(before)) throw new InvalidInput('before');
  return { after: after?.toLowerCase() || undefined, before: before?.toLowerCase() || undefined };
}

/** The arguments of a Prisma query for a page. @throws InvalidInput "after" or "before" when the cursor is not a UUID */
export function pageOf(page: Page, { since, until }: Period = {}) {
  const { limit, inverted } = page;
  const { after, before } = checkCursors(page);
  const bounds = [
    ...(after ? [{ id: { lt: after } }] : []),
    ...(before ? [{ id: { gt: before } }] : []),
    ...(since ? [{ id: { gte: minUuidAt(since) } }] : []),
    ...(until ? [{ id: { lt: minUuidAt(until) } }] : []),
  ];
  const order: 'asc' | 'desc' = inverted ? 'asc' : 'desc';
  return { bounds, orderBy: { id: order }, take: limit };
}
