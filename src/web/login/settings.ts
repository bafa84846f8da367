/** Settings that the gateway puts into the login page. */
export interface LoginSettings {
  /** The path of PUBLIC_URL, with which every path of the gateway begins: empty, or such as `/auth`. */
  path: string;
  /** Name of the application that users sign in to. */
  title: string;
  logo: string | null;
  /** Whether to offer the login by WhatsApp. */
  whatsapp: boolean;
  /** Whether the page of the developer's phone is there: in development only. */
  devPhone?: string;
  /** Where to go after signing in. A code says why the gateway does not lead there; `null` where no URI is given. */
  redirect: LoginRedirect | RedirectRefusal | null;
}

export type RedirectRefusal = 'REDIRECT_NOT_ALLOWED' | 'CODE_CHALLENGE_REQUIRED';

export interface LoginRedirect {
  clientId: string;
  uri: string;
  /** Returned to the application unchanged. */
  state: string | null;
  /** S256 (RFC 7636). */
  codeChallenge: string;
}
