import type { ReactNode } from 'react';
import type { Words } from './words.js';

/** A number within a sentence: left to right whatever the sentence is, in the digits of its language. */
export function PhoneNumber({ words, children }: { words: Words; children: string }) {
  return (
    <bdi dir="ltr" className="phonegate-number">
      {words.digits(children)}
    </bdi>
  );
}

/** A text with something in the place of its `{phone}`. */
export function filled(text: string, filling: ReactNode): ReactNode {
  const [before, after] = text.split('{phone}');
  return (
    <>
      {before}
      {filling}
      {after}
    </>
  );
}
