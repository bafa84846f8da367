import { DomainError } from '../domain-error.js';

/** @throws DomainError PHONE_TAKEN when another user has got the phone while the statement ran; otherwise the error itself */
export function throwPhoneTaken(error: unknown): never {
  const isUniqueViolation = (error as { code?: unknown }).code === '23505';
  throw isUniqueViolation ? new DomainError('PHONE_TAKEN', { cause: error }) : error;
}
