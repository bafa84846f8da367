import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/database.js';
import type { Log } from '../../log.js';

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

/** The account to which users write. */
export interface LoginAccount {
  /** The key of its row in `provider_accounts`. */
  account: string;
  /** Asks the provider for the number. Undefined without a token: then only webhooks have it. */
  readNumber: (() => Promise<string | undefined>) | undefined;
  /** Logs that the configured number is not that of the account. */
  logOtherNumber(log: Log): void;
}

interface AccountNumberDeps {
  /** Undefined without an account: then the number is the configured one. */
  loginAccount: LoginAccount | undefined;
  configured: string | undefined;
  database: Database;
  log: Log;
}

export function createAccountNumber(deps: AccountNumberDeps): AccountNumber {
  const { loginAccount, configured, database, log } = deps;
  let known: string | undefined;
  let readAt = -Infinity;
  let reading: Promise<unknown> = Promise.resolve();

  async function save(number: string): Promise<void> {
    if (number === known || !loginAccount) return;
    const { account } = loginAccount;
    known = number;
    readAt = performance.now();
    if (isOther()) loginAccount.logOtherNumber(log);
    await database.prisma.providerAccount.upsert({
      where: { account },
      create: { account, number },
      update: { number },
    });
  }

  /** The account knows best. The database has what an earlier process, or another one, has learned. */
  async function read(): Promise<void> {
    if (!loginAccount) return;
    const { account, readNumber } = loginAccount;
    const ofAccount = await readNumber?.();
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
