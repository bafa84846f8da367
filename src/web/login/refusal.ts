import { PhonegateError } from '@phonegate/client';

/** What the gateway answered instead of doing what it was asked, as an error that the page shows. */
export const refusal = ({ code, message }: { code: string; message: string }) => new PhonegateError(code, message);

/** @throws PhonegateError FRESH_SIGN_IN_REQUIRED when the user must first sign in again */
export function throwIfTooOld(
  answer: { __typename: string } | { __typename: 'FreshSignInRequired'; code: string; message: string },
): void {
  if (answer.__typename === 'FreshSignInRequired' && 'code' in answer) throw refusal(answer);
}
