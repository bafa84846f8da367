import { variableCount } from './pattern.js';
import { Code } from './result-codes.js';
import type { MelipayamakSimulator } from './simulator.js';

// Each check returns the code of the refusal, or undefined if it refuses nothing.

/** The national form in Latin digits is the only one accepted, so neither +98 nor 0098. */
const MOBILE = /^09\d{9}$/;
const LINK = /https?:|www\.|[a-z0-9-]\.[a-z]{2}/i;
const CANCEL_WORD = 'لغو11';
const MAX_RECIPIENTS = 100;

/** Whether the caller may use the REST API. */
export function checkAccess(
  { username, password }: { username: string; password: string },
  simulator: MelipayamakSimulator,
): number | undefined {
  const { apiKeyOnly, allowedIp, blockedIp } = simulator.flags;
  if (blockedIp) return Code.ipBlocked;
  if (username !== simulator.username || (password !== simulator.password && password !== simulator.apiKey))
    return Code.badCredentials;
  if (apiKeyOnly && password !== simulator.apiKey) return Code.apiKeyCompulsory;
  if (allowedIp === 'unset') return Code.allowedIpUnset;
  if (allowedIp === 'other') return Code.ipNotAllowed;
  return undefined;
}

/** Whether the account may send. */
export function checkAccount({ flags, refusal }: MelipayamakSimulator): number | undefined {
  if (flags.disabled) return Code.serviceDisabled;
  if (flags.inactive) return Code.userInactive;
  if (flags.documents) return Code.documentsIncomplete;
  return refusal;
}

export function checkLine({ lines }: MelipayamakSimulator, from: string): number | undefined {
  const kind = lines.get(from);
  if (kind === undefined) return Code.badSender;
  if (kind === 'public') return Code.publicLine;
  return undefined;
}

export function checkRecipients(to: readonly string[]): number | undefined {
  if (to.length === 0) return Code.noRecipient;
  if (!to.every((number) => MOBILE.test(number))) return Code.badMobile;
  if (to.length > MAX_RECIPIENTS) return Code.notSent; // the real code is not documented
  return undefined;
}

/** Checks a text of the caller. Two codes are documented for a link; we take 13 for a full stop. */
export function checkPlain(
  { from, text, recipients }: { from: string; text: string; recipients: number },
  simulator: MelipayamakSimulator,
): number | undefined {
  const isAdvertising = simulator.lines.get(from) === 'advertising';
  if (text === '') return Code.emptyText;
  const badLine = checkLine(simulator, from);
  if (badLine !== undefined) return badLine;
  if (hasWord(text, simulator.filteredWords)) return Code.filteredWord;
  if (LINK.test(text)) return Code.link;
  if (isAdvertising && text.includes('.')) return Code.fullStop;
  const needsCancelWord = isAdvertising || recipients > 1;
  if (needsCancelWord && !text.trimEnd().endsWith(CANCEL_WORD)) return Code.cancelWordMissing;
  return undefined;
}

export function checkPattern(
  { bodyId, variables, recipients }: { bodyId: number; variables: readonly string[]; recipients: number },
  { patterns, filteredWords }: MelipayamakSimulator,
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
