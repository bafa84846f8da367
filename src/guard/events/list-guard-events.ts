import type { Database } from '../../db/database.js';
import { type Page, type Period, pageOf } from '../../db/page.js';
import type { Keyring } from '../../config/keys.js';
import { networkOf } from '../networks/networks-of.js';
import type { GuardAction } from './guard-event.js';
import { phoneHashes } from './phone-hash.js';

/** A row of the guard events. */
export interface GuardEventRecord {
  id: string;
  at: Date;
  rule: string;
  action: GuardAction;
  maskedPhone: string | null;
  network: string | null;
  country: string | null;
  channel: string | null;
  attemptId: string | null;
  until: Date | null;
  count: number;
}

export interface GuardEventFilter extends Period {
  /** E.164. */
  phone?: string | undefined;
  /** An IP address, or a network as the rows have it. */
  network?: string | null | undefined;
  rule?: string | null | undefined;
}

const RECORD = {
  id: true,
  at: true,
  rule: true,
  action: true,
  maskedPhone: true,
  network: true,
  country: true,
  channel: true,
  attemptId: true,
  until: true,
  count: true,
} as const;

/** A page of the guard events that match a filter, newest first. @throws InvalidInput "after" or "before" */
export async function listGuardEvents(
  { filter, page }: { filter: GuardEventFilter; page: Page },
  { database, keyring }: { database: Database; keyring: Pick<Keyring, 'all'> },
): Promise<GuardEventRecord[]> {
  const { phone, network, rule } = filter;
  const { bounds, ...list } = pageOf(page, filter);
  const rows = await database.prisma.guardEvent.findMany({
    where: {
      AND: [
        ...bounds,
        ...(phone ? [{ phoneHash: { in: phoneHashes(phone, keyring) } }] : []),
        ...(network ? [{ network: networkOf(network) }] : []),
        ...(rule ? [{ rule }] : []),
      ],
    },
    ...list,
    select: RECORD,
  });
  return rows as (Omit<(typeof rows)[number], 'action'> & { action: GuardAction })[];
}
