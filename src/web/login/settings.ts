/** Settings that the gateway puts into the login page. */
export interface LoginSettings {
  /** Name of the application that users sign in to. */
  title: string;
  logo: string | null;
  /** Whether to offer the login by WhatsApp. */
  whatsapp: boolean;
  /** Whether the page of the developer's phone is there: in development only. */
  devPhone: boolean;
  /** Where to go after signing in. `refused` for a URL that is not in REDIRECT_URIS, `null` where none is given. */
  redirect: LoginRedirect | 'refused' | null;
}

export interface LoginRedirect {
  uri: string;
  /** Returned to the application unchanged. */
  state: string | null;
  /** S256 (RFC 7636). */
  codeChallenge: string | null;
}
