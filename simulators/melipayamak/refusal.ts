import { Code } from './codes.js';
import type { FakeMelipayamak } from './fake-melipayamak.js';
import { variableCount } from './pattern.js';

/** Latin digits and nothing else: no +98, no 0098. */
const MOBILE = /^09\d{9}$/;
const LINK = /https?:|www\.|[a-z0-9-]\.[a-z]{2}/i;
const CANCEL_WORD = 'لغو11';
const MAX_RECIPIENTS = 100;

/** Why a caller of the REST interface does not come in, if so. */
export function refuseAccess(fake: FakeMelipayamak, username: string, password: string): number | undefined {
  const { apiKeyOnly, allowedIp, blockedIp } = fake.flags;
  if (blockedIp) return Code.ipBlocked;
  if (username !== fake.username || (password !== fake.password && password !== fake.apiKey))
    return Code.badCredentials;
  if (apiKeyOnly && password !== fake.apiKey) return Code.apiKeyCompulsory;
  if (allowedIp === 'unset') return Code.allowedIpUnset;
  if (allowedIp === 'other') return Code.ipNotAllowed;
  return undefined;
}

/** Why the account sends nothing at all, if so. */
export function refuseAccount({ flags, refusal }: FakeMelipayamak): number | undefined {
  if (flags.disabled) return Code.serviceDisabled;
  if (flags.inactive) return Code.userInactive;
  if (flags.documents) return Code.documentsIncomplete;
  return refusal;
}

export function refuseLine(lines: FakeMelipayamak['lines'], from: string): number | undefined {
  const kind = lines.get(from);
  if (kind === undefined) return Code.badSender;
  if (kind === 'public') return Code.publicLine;
  return undefined;
}

export function refuseRecipients(to: readonly string[]): number | undefined {
  if (to.length === 0) return Code.noRecipient;
  if (!to.every((number) => MOBILE.test(number))) return Code.badMobile;
  if (to.length > MAX_RECIPIENTS) return Code.notSent; // its code is not documented
  return undefined;
}

/** What is wrong with a text of ours. The table has two codes for a link; that 13 is the full stop's is our reading. */
export function refusePlain(
  { lines, filteredWords }: FakeMelipayamak,
  from: string,
  text: string,
  recipients: number,
): number | undefined {
  const kind = lines.get(from);
  if (text === '') return Code.emptyText;
  const badLine = refuseLine(lines, from);
  if (badLine !== undefined) return badLine;
  if (hasWord(text, filteredWords)) return Code.filteredWord;
  if (LINK.test(text)) return Code.link;
  if (kind === 'advertising' && text.includes('.')) return Code.fullStop;
  const needsCancelWord = kind === 'advertising' || recipients > 1;
  if (needsCancelWord && !text.trimEnd().endsWith(CANCEL_WORD)) return Code.cancelWordMissing;
  return undefined;
}

export function refusePattern(
  { patterns, filteredWords }: FakeMelipayamak,
  bodyId: number,
  variables: readonly string[],
  recipients: number,
): number | undefined {
  const pattern = patterns.get(bodyId);
  if (recipients > 1) return Code.oneNumberPerCall;
  if (variables.every((variable) => variable === '')) return Code.emptyText;
  if (!pattern?.approved) return Code.badPattern;
  if (variables.length !== variableCount(pattern.text)) return Code.variablesDoNotFit;
  if (variables.some((variable) => LINK.test(variable))) return Code.linkInVariable;
  if (variables.some((variable) => hasWord(variable, filteredWords))) return Code.filteredWord;
  return undefined;
}

function hasWord(text: string, words: ReadonlySet<string>): boolean {
  return [...words].some((word) => text.includes(word));
}
