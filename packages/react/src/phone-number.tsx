import type { ReactElement, ReactNode } from 'react';
import type { I18n } from './i18n.js';

export interface PhoneNumberProps {
  i18n: Pick<I18n, 'digits'>;
  /** The phone number. */
  children: string;
}

/** A phone number within a sentence: left to right in every language, in the digits of that language. */
export function PhoneNumber({ i18n, children }: PhoneNumberProps): ReactElement {
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
