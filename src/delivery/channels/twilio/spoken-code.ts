interface Voice {
  language: string;
  name: string;
  /** What is said around the code where the text is in a language without a voice. */
  sentence: string;
}

/** Twilio's voices for the languages of our texts (twilio.com/docs/voice/twiml/say/text-speech). */
const ENGLISH: Voice = { language: 'en-US', name: 'Polly.Joanna', sentence: 'Your sign-in code is:' };
const RUSSIAN: Voice = { language: 'ru-RU', name: 'Polly.Tatyana', sentence: 'Ваш код для входа:' };
const VOICES: Record<string, Voice> = { en: ENGLISH, ru: RUSSIAN };
/** Twilio speaks neither Kazakh nor Kyrgyz nor Persian. Digits in Russian are known in Kazakhstan and Kyrgyzstan. */
const INSTEAD: Record<string, Voice> = { kk: RUSSIAN, ky: RUSSIAN };

/** Twilio takes no more TwiML in the request itself. */
const MAX_TWIML_CHARACTERS = 4_000;

/**
 * The TwiML of a call that reads a code out: our text, with the digits of the code one by one, in pairs with a pause
 * between them, and the digits once more. Without a voice for the language of the text, only a sentence and the digits. See docs/decisions/0074.
 */
export function spokenCode({ text, code, locale = 'en' }: { text: string; code: string; locale?: string }): string {
  const voice = VOICES[locale];
  const ours = voice && twimlOf(text, code, voice);
  if (ours && ours.length <= MAX_TWIML_CHARACTERS) return ours;
  const other = voice ?? INSTEAD[locale] ?? ENGLISH;
  return twimlOf(`${other.sentence} ${code}`, code, other);
}

function twimlOf(text: string, code: string, { language, name }: Voice): string {
  const say = (said: string) => {
    const words = said.replaceAll(/\s+/g, ' ').replace(/^[\s—–:;,.-]+/, '');
    return words === '' ? '' : `<Say voice="${name}" language="${language}">${escapeXml(words.trim())}</Say>`;
  };
  const pause = '<Pause length="1"/>';
  const digits = (code.match(/\d{1,2}/g) ?? []).map((pair) => say(pair.split('').join(', '))).join(pause);
  const [before = '', ...after] = text.split(code);
  // Somebody who has just answered brings the phone to the ear first.
  return `<Response>${[pause, say(before), digits, pause, say(after.join(' ')), pause, digits].join('')}</Response>`;
}

const escapeXml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD]/g, '');
