import { InvalidInput } from '../domain-error.js';

/** One of the configured `roles`, in upper case. Case and spaces around it do not matter. @throws InvalidInput "role" */
export function readRole(text: string, roles: readonly string[]): string {
  const role = text.trim().toUpperCase();
  if (!roles.includes(role)) throw new InvalidInput('role');
  return role;
}
