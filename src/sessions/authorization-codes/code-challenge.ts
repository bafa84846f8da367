/** SHA-256 in base64url (RFC 7636, 4.2), in its only valid spelling: the last character carries four bits. */
const S256_CHALLENGE = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Whether a text can be the PKCE challenge of a code verifier by the method S256. */
export function isCodeChallenge(text: string): boolean {
  return S256_CHALLENGE.test(text);
}
