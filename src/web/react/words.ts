import { useEffect, useState } from 'react';
import { type Formats, directionOf, formatsIn } from '../locales/locale.js';
import { type Locale, type Texts, textsIn } from '../locales/texts.js';

/** Everything in one language. */
export interface Words extends Formats {
  locale: Locale;
  direction: 'ltr' | 'rtl';
  texts: Texts;
}

export async function wordsIn(locale: Locale): Promise<Words> {
  return { ...formatsIn(locale), locale, direction: directionOf(locale), texts: await textsIn(locale) };
}

/** The words of a language, once they are there; those of the one before until then. */
export function useWords(locale: Locale): Words | undefined {
  const [words, setWords] = useState<Words>();
  useEffect(() => {
    let wanted = true;
    void wordsIn(locale).then((found) => wanted && setWords(found));
    return () => {
      wanted = false;
    };
  }, [locale]);
  return words;
}
