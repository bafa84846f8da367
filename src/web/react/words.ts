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

const RETRY_MS = 2_000;

/** The words of a language, once they are there; those of the one before until then. */
export function useWords(locale: Locale): Words | undefined {
  const [words, setWords] = useState<Words>();
  useEffect(() => {
    let wanted = true;
    let timer: ReturnType<typeof setTimeout>;
    const load = () =>
      wordsIn(locale).then(
        (found) => wanted && setWords(found),
        () => {
          if (wanted) timer = setTimeout(() => void load(), RETRY_MS); // the network is gone just now
        },
      );
    void load();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [locale]);
  return words;
}
