import { InvalidInput } from '../domain-error.js';

/**
 * Prevents admins from blocking themselves or changing their own role, because the last admin could not undo it.
 * @throws InvalidInput "userId"
 */
export function notOneself(userId: string, actor: string): void {
  if (userId === actor) throw new InvalidInput('userId');
}
