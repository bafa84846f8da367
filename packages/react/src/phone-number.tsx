import type { ReactNode } from 'react';
import type { I18n } from './i18n.js';

/** A phone number within a sentence: left to right in every language, in the digits of that language. */
export function PhoneNumber({ i18n, children }: { i18n: I18n; children: string }) {
  return (
    <bdi dir="ltr" className="phonegate-number">
      {i18n.digits(children)}
    </bdi>
  );
}

/** A text with `phone` in the place of `{phone}`. */
export function withPhone(text: string, phone: ReactNode): ReactNode {
  const [before, after] = text.split('{phone}');
  return (
    <>
      {before}
      {phone}
      {after}
    </>
  );
}
