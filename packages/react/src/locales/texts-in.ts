import { en } from './en.js';
import { fa } from './fa.js';
import { kk } from './kk.js';
import { ky } from './ky.js';
import type { Locale } from './locale.js';
import { ru } from './ru.js';
import type { Texts } from './texts.js';

const TEXTS: Record<Locale, Texts> = { en, ru, kk, ky, fa };

/**
 * The texts of a language. All languages are loaded with the form: a server needs them to render it, and a phone would wait longer
 * for a second request than for the other four languages (4.5 kB compressed).
 */
export const textsIn = (locale: Locale): Texts => TEXTS[locale];
