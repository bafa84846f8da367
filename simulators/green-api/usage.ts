import type { Clock } from '../clock.js';
import type { Method } from './method-table.js';

/** Maximum calls of each method, and chats in both directions, in a calendar month (UTC). The free plan has 3 chats. */
export type QuotaTable = Partial<Record<Method | 'chats', number>>;

export interface InvokeStatus {
  method: Method;
  used: number;
  total: number;
  status: 'QUOTE_ALLOWED' | 'QUOTE_EXCEEDED';
  description?: string;
}

export interface CorrespondentsStatus {
  method: 'correspondents';
  used: number;
  total: number;
  description: string;
}

const EXCEEDED = 'Monthly quota has been exceeded.';
const BUY = `${EXCEEDED} Please go to your personal account and change the tariff to business https://console.green-api.com`;

export function createUsage(clock: Clock, table: QuotaTable) {
  let month = '';
  const used = new Map<Method, number>();
  const chats = new Set<string>();

  function startNewMonth(): void {
    const now = new Date(clock.now()).toISOString().slice(0, 7);
    if (now === month) return;
    month = now;
    used.clear();
    chats.clear();
  }
  const statusOf = (method: Method) => ({ method, used: used.get(method) ?? 0, total: table[method] ?? 0 });

  return {
    table,
    /** Counts a call, if one is left. */
    spend(method: Method): InvokeStatus {
      startNewMonth();
      const { used: before, total } = statusOf(method);
      if (table[method] !== undefined && before >= total)
        return { ...statusOf(method), status: 'QUOTE_EXCEEDED', description: BUY };
      used.set(method, before + 1);
      return { ...statusOf(method), status: 'QUOTE_ALLOWED' };
    },
    /** The usage of a method, without counting a call. */
    read: (method: Method): InvokeStatus => ({ ...statusOf(method), status: 'QUOTE_ALLOWED' }),
    /** Counts a chat if it is new. @returns the exceeded quota if there is no room for it */
    admit(chat: string): CorrespondentsStatus | undefined {
      startNewMonth();
      const total = table.chats ?? Infinity;
      if (chats.has(chat)) return undefined;
      if (chats.size < total) {
        chats.add(chat);
        return undefined;
      }
      const description = `${EXCEEDED} You can only send or receive messages from these numbers: ${[...chats].join(', ')}`;
      return { method: 'correspondents', used: chats.size, total, description };
    },
  };
}

export type Usage = ReturnType<typeof createUsage>;
