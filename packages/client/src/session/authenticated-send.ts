import { hasCode } from '../error.js';
import type { Document } from '../generated.js';
import type { Transport } from '../transport.js';

export interface AuthenticatedSendDeps {
  transport: Transport;
  /** A gateway token; another one than `refused` where that is given. `undefined` when nobody is signed in. */
  gatewayToken(refused?: string): Promise<string | undefined>;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a document with the user's gateway token. Refreshes a refused token once: either the session is over, or the clock of
 * this device was moved and the token is older than it looks.
 *
 * @throws PhonegateError UNAUTHENTICATED when nobody is signed in, or the session is over
 */
export async function sendAuthenticated<Data, Variables>(
  document: Document<Data, Variables>,
  variables: Variables,
  { transport, gatewayToken, signal }: AuthenticatedSendDeps,
): Promise<Data> {
  const send = (bearer: string | undefined) => transport.send(document, variables, { bearer, signal });
  const token = await gatewayToken();
  try {
    return await send(token);
  } catch (error) {
    if (!token || !hasCode(error, 'UNAUTHENTICATED')) throw error;
    const another = await gatewayToken(token);
    if (!another) throw error;
    return send(another);
  }
}
