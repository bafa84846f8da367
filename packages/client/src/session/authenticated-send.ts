import { hasCode } from '../error.js';
import type { Document } from '../generated.js';
import type { Transport } from '../transport.js';

export interface AuthenticatedSendDeps {
  transport: Transport;
  /** An access token; another one than `refused` where that is given. `undefined` when nobody is signed in. */
  accessToken(refused?: string): Promise<string | undefined>;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a document with the user's access token. Refreshes a refused token once: either the session is over, or the clock of
 * this device was moved and the token is older than it looks.
 *
 * @throws PhonegateError UNAUTHENTICATED when nobody is signed in, or the session is over
 */
export async function sendAuthenticated<Data, Variables>(
  document: Document<Data, Variables>,
  variables: Variables,
  { transport, accessToken, signal }: AuthenticatedSendDeps,
): Promise<Data> {
  const bearer = await accessToken();
  try {
    return await transport.send(document, variables, { bearer, signal });
  } catch (error) {
    if (bearer === undefined || !hasCode(error, 'UNAUTHENTICATED')) throw error;
    const another = await accessToken(bearer);
    if (another === undefined) throw error;
    return transport.send(document, variables, { bearer: another, signal });
  }
}
