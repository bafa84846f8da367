'use client';

import type { ReactElement } from 'react';
import type { Phonegate } from '@phonegate/client';
import { LoginForm } from './login-form.js';
import { type UsePhoneLoginOptions, usePhoneLogin } from './use-phone-login.js';

export interface PhoneLoginProps extends UsePhoneLoginOptions {
  /** One for the whole application, made outside of components. */
  client: Phonegate;
  /** Whether to offer the login by WhatsApp. Default true. */
  whatsapp?: boolean | undefined;
}

/**
 * The form of the gateway's own login page. `useSession` tells when the user is signed in. Style it by
 * `@phonegate/react/style.css` and its CSS variables.
 */
export function PhoneLogin({ client, whatsapp, ...options }: PhoneLoginProps): ReactElement {
  return <LoginForm login={usePhoneLogin(client, options)} whatsapp={whatsapp} />;
}
