import { z } from 'zod';
import { isLoopbackRedirect, redirectProblem } from './redirect-uris.js';

/** Unreserved characters (RFC 3986, 2.3), so that an id is spelled the same in a URL. */
const CLIENT_ID = /^[\w.~-]{1,64}$/;

/** The redirect URIs of each application, by its id: `shop=https://shop.example/in;mobile=com.example.app:/in`. */
export const applications = z.string().transform((value, context) => {
  const parsed = new Map<string, readonly string[]>();
  for (const part of value.split(';').filter((text) => text.trim() !== '')) {
    const { id, uris } = readApplication(part);
    if (!CLIENT_ID.test(id)) {
      context.addIssue(
        `has an application without a valid id: write it as shop=https://shop.example.com/signed-in, with an id of 1 to 64 letters, digits and "-", ".", "_" or "~"`,
      );
      continue;
    }
    if (parsed.has(id)) context.addIssue(`names "${id}" twice: write all URIs of an application in one place`);
    if (uris.length === 0) context.addIssue(`names "${id}" without a URI: write it as ${id}=https://…`);
    for (const uri of uris) {
      const problem = redirectProblem(uri);
      // The part before an @ can be a password.
      if (problem) context.addIssue(`names ${JSON.stringify(uri.replace(/.*@/s, '…@'))} for "${id}", which ${problem}`);
    }
    parsed.set(id, uris);
  }
  return parsed;
});

function readApplication(part: string): { id: string; uris: string[] } {
  const [id = '', ...rest] = part.split('=');
  // A URI can contain further =.
  const uris = rest.join('=').split(',');
  return { id: id.trim(), uris: uris.map((uri) => uri.trim()).filter((uri) => uri !== '') };
}

interface Applications {
  applications: ReadonlyMap<string, readonly string[]>;
  production: boolean;
}

/** An application, and the URI to which it wants the user sent back. */
export interface RedirectTarget {
  clientId: string;
  redirectUri: string;
}

/**
 * Whether a browser may be sent to a URI with a code for an application: APPLICATIONS lists the URI for this application,
 * compared character by character (RFC 9700, 2.1). In development, an application with any id may also use URIs on the
 * local machine. See docs/decisions/0033.
 */
export function isAllowedRedirect(
  { clientId, redirectUri }: RedirectTarget,
  { applications: registered, production }: Applications,
): boolean {
  return (
    registered.get(clientId)?.includes(redirectUri) === true ||
    (!production && CLIENT_ID.test(clientId) && isLoopbackRedirect(redirectUri))
  );
}
