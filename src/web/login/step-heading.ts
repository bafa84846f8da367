import type { PhoneLoginState } from '@phonegate/react';
import type { PageI18n } from './page-i18n.js';

/** The heading of a step of the form; `undefined` for the first, which the page names after the application. */
export function stepHeading({ step, code, whatsapp }: PhoneLoginState, texts: PageI18n['texts']): string | undefined {
  if (step === 'code') {
    if (code?.ending) return texts.newCode;
    if (code?.confirming) return code.confirmationNumber && texts.confirmInWhatsApp;
    return texts.enterCode;
  }
  if (step !== 'whatsapp') return undefined;
  return whatsapp?.confirmationNumber && !whatsapp.ending ? texts.confirmInWhatsApp : texts.withWhatsApp;
}
