import { InvalidInput } from '../domain-error.js';

/** Keeps admins from blocking themselves or taking their own role: the last admin could not undo it. @throws InvalidInput "userId" */
export function notOneself(userId: string, actor: string): void {
  if (userId === actor) throw new InvalidInput('userId');
}
