import type { ObjectRef } from '@pothos/core';
import { GuardRefusal } from '../guard/errors.js';
import { recordRefusal } from '../guard/events/record-refusal.js';
import { DomainError, type ErrorCode, FAILURE_CODES, type FailureCode } from '../domain-error.js';
import { chooseLocale } from '../locales/locale.js';
import { builder } from './builder.js';
import type { GraphqlContext } from './context.js';
import { Failure } from './failure.js';
import { type Types, failureType, typeNameOf } from './failures.js';

/** The union of a field's success type and of the failures that its use case can throw. */
export function resultUnion<T>({
  name,
  description,
  success,
  failures,
}: {
  name: string;
  description: string;
  success: ObjectRef<Types, T>;
  failures: FailureCode[];
}) {
  return builder.unionType(name, {
    description,
    types: [success, ...failures.map((code) => failureType(code))] as (
      | ObjectRef<Types, T>
      | ObjectRef<Types, Failure>
    )[],
    resolveType: (value) => (value instanceof Failure ? typeNameOf(value.error.code) : success.name),
  });
}

/**
 * Resolves to the result of `act`, or to the failure that it throws. The text of the failure is in `locale`, or else in
 * the language of the request. A bug, and an error that refuses the whole request, is rethrown. A refusal of the guard is
 * recorded.
 */
export async function orFailure<T>(
  context: GraphqlContext,
  locale: string | null | undefined,
  act: () => Promise<T>,
): Promise<T | Failure> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DomainError) || !isFailure(error.code)) throw error;
    if (error instanceof GuardRefusal) recordRefusal(error, context.client, context.login);
    return new Failure(error, chooseLocale(locale, context.client.locale));
  }
}

function isFailure(code: ErrorCode): boolean {
  return (FAILURE_CODES as ErrorCode[]).includes(code);
}
