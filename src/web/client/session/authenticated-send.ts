import { hasCode } from '../error.js';
import type { Document } from '../generated.js';
import type { Transport } from '../transport.js';
import type { SessionKeeper } from './session.js';

/**
 * Sends a document as whoever is signed in. A token that is refused is refreshed once: either its session is over, which
 * shows then, or this device's clock was moved and the token is older than it looks.
 *
 * @throws PhonegateError UNAUTHENTICATED, where nobody is signed in (any more)
 */
export async function sendSigned<Data, Variables>(
  { transport, accessToken }: { transport: Transport; accessToken: SessionKeeper['accessToken'] },
  document: Document<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const bearer = await accessToken();
  try {
    return await transport.send(document, variables, { bearer });
  } catch (error) {
    if (bearer === undefined || !hasCode(error, 'UNAUTHENTICATED')) throw error;
    const another = await accessToken(bearer);
    if (another === undefined) throw error;
    return transport.send(document, variables, { bearer: another });
  }
}
