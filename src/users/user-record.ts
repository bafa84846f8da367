import type { Prisma } from '../db/prisma/client.js';
import { DomainError } from '../domain-error.js';
import type { User } from './user.js';

/** A user as operators see them. */
export interface UserRecord extends User {
  blocked: boolean;
  lastLoginAt: Date | null;
}

/** Prisma: the columns of a `UserRecord`. */
export const USER_RECORD = {
  id: true,
  phone: true,
  name: true,
  role: true,
  locale: true,
  createdAt: true,
  blocked: true,
  lastLoginAt: true,
} as const satisfies Prisma.UserSelect;

/** For `.catch` after a change of one user. @throws DomainError USER_NOT_FOUND when there is no user with this ID */
export function userNotFound(error: unknown): never {
  // Prisma's code for a missing row.
  const isMissing = (error as { code?: unknown }).code === 'P2025';
  throw isMissing ? new DomainError('USER_NOT_FOUND', { cause: error }) : error;
}
