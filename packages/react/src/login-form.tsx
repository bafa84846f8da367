'use client';

import type { ReactElement } from 'react';
import { CodeStep } from './code-step.js';
import type { PhoneLoginState } from './phone-login-state.js';
import { PhoneStep } from './phone-step.js';
import { WhatsAppStep } from './whatsapp-step.js';

export interface LoginFormProps {
  login: PhoneLoginState;
  /** Whether to offer the login by WhatsApp. Default true. */
  whatsapp?: boolean | undefined;
  /** In development, the URL of the gateway's developer's phone (`/dev/phone`), to link to it. */
  devPhone?: string | undefined;
}

/** The form of `PhoneLogin`, for a state that `usePhoneLogin` returned. Use it when a page also needs that state. */
export function LoginForm({ login, whatsapp = true, devPhone }: LoginFormProps): ReactElement {
  const { i18n, code } = login;
  const shared = { login, whatsapp, devPhone };
  return (
    <div className="phonegate" lang={i18n.locale} dir={i18n.direction}>
      {whatsapp && login.step === 'whatsapp' && login.whatsapp ? (
        <WhatsAppStep key={login.whatsapp.attemptId} {...shared} attempt={login.whatsapp} />
      ) : login.step === 'code' && code ? (
        <CodeStep key={code.attemptId} {...shared} code={code} />
      ) : (
        <PhoneStep {...shared} />
      )}
      <p role="status" className="phonegate-hint">
        {login.solvingCaptcha
          ? i18n.texts.solvingCaptcha
          : login.offline && login.problem?.code !== 'NETWORK'
            ? i18n.texts.offline
            : ''}
      </p>
    </div>
  );
}
