import { validate as isUuid } from 'uuid';
import { DomainError, InvalidInput } from '../domain-error.js';

/** The ID of a user as PostgreSQL writes it. @throws DomainError USER_NOT_FOUND where it is no UUID, and so nobody's */
export function readUserId(text: string): string {
  if (!isUuid(text)) throw new DomainError('USER_NOT_FOUND');
  return text.toLowerCase();
}

/** An admin who blocks themselves, or takes their own role, may be the last who could undo it. @throws InvalidInput "userId" */
export function notOneself(userId: string, actor: string): void {
  if (userId === actor) throw new InvalidInput('userId');
}
