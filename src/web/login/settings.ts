/** What the gateway tells the login page. */
export interface LoginSettings {
  /** What people sign in to. */
  title: string;
  logo: string | null;
  /** Whether one can sign in by WhatsApp. */
  whatsapp: boolean;
  /** Development: a WhatsApp message can be sent from the developer's phone, a page. */
  devPhone: boolean;
  /** Where to go after signing in; `refused` for an address that is not on the list. */
  redirect: LoginRedirect | 'refused' | null;
}

export interface LoginRedirect {
  uri: string;
  /** Given back as it is. */
  state: string | null;
  /** S256 (RFC 7636). */
  codeChallenge: string | null;
}
