import type { Channel, Receipt } from '../channel.js';
import { type MelipayamakSettings, createMelipayamak } from './client.js';
import { readReceiptsByConsole, readReceiptsByRest } from './receipts.js';
import { REFUSED_WITHOUT_CODE, sendPatternByConsole, sendPatternByRest, sendPlain } from './send.js';

/**
 * Failures of a pattern, of its line, or of the account's access to it. A plain text from another line may still
 * succeed.
 */
const PLAIN_MAY_HELP = new Set(['template_rejected', 'sender_rejected']);

/**
 * Melipayamak, for Iranian phones. Sends codes by an approved pattern from a service line: with the console API if a
 * token is configured, else with the REST API. If the pattern is refused or not configured, sends our own text from a
 * line of the account, by day only.
 *
 * @returns undefined if the configuration allows no way to send
 */
export function createMelipayamakChannel(
  config: MelipayamakSettings,
  { now = () => new Date() }: { now?: () => Date } = {},
): Channel | undefined {
  const { username, password, consoleToken, sender, bodyId } = config;
  const hasRest = username !== undefined && password !== undefined;
  const hasPattern = bodyId !== undefined && (hasRest || consoleToken !== undefined);
  const plainSender = hasRest && sender ? sender : undefined;
  if (!hasPattern && !plainSender) return undefined;
  const melipayamak = createMelipayamak(config);
  const deps = { melipayamak, now };
  const byConsole = consoleToken !== undefined && bodyId !== undefined;
  const sendPattern = byConsole ? sendPatternByConsole : sendPatternByRest;

  return {
    name: 'melipayamak',
    home: 'IR',
    templatePage: 'https://login.melipayamak.com',
    templateOf: ({ providerTemplate = bodyId }) => (hasPattern ? providerTemplate : undefined),
    serves: (country) => country === 'IR',
    carriesNotifications: false,
    hasReceipts: true,
    isIdempotent: false,
    async send(message, signal) {
      if (!hasPattern) return sendPlain({ message, sender: plainSender ?? '', signal }, deps);
      const pattern = message.providerTemplate ?? bodyId;
      const result = await sendPattern({ message, bodyId: pattern, signal }, deps);
      if (result.outcome === 'accepted') return { ...result, template: pattern };
      const mayHelp = PLAIN_MAY_HELP.has(result.failure) || result.detail === REFUSED_WITHOUT_CODE;
      const plain =
        plainSender && mayHelp ? await sendPlain({ message, sender: plainSender, signal }, deps) : undefined;
      // If both fail, the operator needs to know the failure of the pattern.
      return plain?.outcome === 'accepted' ? { ...plain, afterRefusal: result } : result;
    },
    async receiptsOf(ids) {
      const receipts = byConsole ? await readReceiptsByConsole(ids, deps) : new Map<string, Receipt>();
      // Plain texts are sent by REST, even if patterns are sent by the console API.
      const others = hasRest ? ids.filter((id) => !receipts.has(id)) : [];
      return new Map([...receipts, ...(await readReceiptsByRest(others, deps))]);
    },
  };
}
