import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../db/database.js';
import type { Log } from '../../../log.js';
import { readAccountNumber } from './account.js';
import type { GreenApi } from './client.js';
import { accountOf } from './instance-state.js';

/** The WhatsApp number to which users write their login messages. Digits only. */
export interface AccountNumber {
  /** The configured number, or else the one of the account; undefined while neither is known. Never rejects. */
  current(): Promise<string | undefined>;
  /** Takes the number that a webhook of the account names. */
  learn(number: string): void;
  /** Whether the account is known to have another number than the configured one. */
  isOther(): boolean;
}

/** How long a known number is used before it is read again: another gateway may have learned a new one. */
const FRESH_MS = 10 * 60_000;
/** How long an unknown number is not requested again. */
const RETRY_MS = 30_000;
/** How long a login waits for the number. It works without: the user copies the message. */
const WAIT_MS = 2_000;

interface AccountNumberDeps {
  /** Undefined without a token: then only webhooks tell the number. */
  greenApi: GreenApi | undefined;
  idInstance: string | undefined;
  configured: string | undefined;
  database: Database;
  log: Log;
}

export function createAccountNumber(deps: AccountNumberDeps): AccountNumber {
  const { greenApi, idInstance, configured, database, log } = deps;
  const account = idInstance && accountOf(idInstance);
  let known: string | undefined;
  let readAt = -Infinity;
  let reading: Promise<unknown> = Promise.resolve();

  async function save(number: string): Promise<void> {
    if (number === known || !account) return;
    known = number;
    readAt = performance.now();
    if (isOther()) log.error({ event: 'green_api.other_number' });
    await database.prisma.providerAccount.upsert({
      where: { account },
      create: { account, number },
      update: { number },
    });
  }

  /** The account knows best. The database has what an earlier process, or another one, has learned. */
  async function read(): Promise<void> {
    if (!account) return;
    const ofAccount = greenApi && (await readAccountNumber(greenApi));
    if (ofAccount) return save(ofAccount);
    const saved = await database.prisma.providerAccount.findUnique({ where: { account }, select: { number: true } });
    known = saved?.number ?? known;
  }

  function refresh(): void {
    if (performance.now() - readAt < (known === undefined ? RETRY_MS : FRESH_MS)) return;
    readAt = performance.now();
    reading = read().catch(() => {});
  }

  const isOther = () => configured !== undefined && known !== undefined && known !== configured;

  return {
    async current() {
      refresh();
      if (configured ?? known) return configured ?? known;
      await Promise.race([reading, sleep(WAIT_MS, undefined, { ref: false })]);
      return known;
    },
    learn: (number) => void save(number).catch(() => {}),
    isOther,
  };
}
