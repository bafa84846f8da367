import { validate as isUuid } from 'uuid';
import { DomainError } from '../domain-error.js';

/** The ID of a user as PostgreSQL writes it. @throws DomainError USER_NOT_FOUND when it is not a UUID */
export function readUserId(text: string): string {
  if (!isUuid(text)) throw new DomainError('USER_NOT_FOUND');
  return text.toLowerCase();
}
