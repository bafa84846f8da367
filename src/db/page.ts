import { validate as isUuid } from 'uuid';
import { InvalidInput } from '../domain-error.js';
import { minUuidAt } from './uuid-time.js';

/** A part of a list that is ordered by its ids (UUID version 7), the newest first, as cursors ask for it. */
export interface Page {
  /** Only what comes after this id in the list: what is older. */
  after?: string | undefined;
  /** Only what comes before it: what is newer. */
  before?: string | undefined;
  limit: number;
  /** The last of the list, not the first; they come the oldest first. */
  inverted: boolean;
}

/** Of what was made from `since` on, and before `until`. */
export interface Period {
  since?: Date | null | undefined;
  until?: Date | null | undefined;
}

/** The same for Prisma. @throws InvalidInput "after" or "before": no cursor of ours */
export function pageOf({ after, before, limit, inverted }: Page, { since, until }: Period = {}) {
  if (after && !isUuid(after)) throw new InvalidInput('after');
  if (before && !isUuid(before)) throw new InvalidInput('before');
  const bounds = [
    ...(after ? [{ id: { lt: after } }] : []),
    ...(before ? [{ id: { gt: before } }] : []),
    ...(since ? [{ id: { gte: minUuidAt(since) } }] : []),
    ...(until ? [{ id: { lt: minUuidAt(until) } }] : []),
  ];
  const order: 'asc' | 'desc' = inverted ? 'asc' : 'desc';
  return { bounds, orderBy: { id: order }, take: limit };
}
