import { join } from 'node:path';
import { createAccount } from './account/create-account.js';
import { createAdmin } from './admin/create-admin.js';
import type { Config } from './config/config.js';
import { createKeyring } from './config/keys.js';
import { readOrCreateSecret } from './config/secret-file.js';
import { connectPools } from './db/pools.js';
import { createDelivery } from './delivery/create-delivery.js';
import { createAudit } from './events/audit.js';
import { createCaptcha } from './guard/captcha/captcha.js';
import { createGuardAlarms } from './guard/events/guard-alarms.js';
import { createGuardEvents } from './guard/events/guard-events.js';
import { createUsedCodes } from './guard/used-codes.js';
import type { Log } from './log.js';
import type { LoginAttempt } from './login/attempts/attempt.js';
import { createLogin } from './login/create-login.js';
import type { Bus } from './realtime/bus.js';
import { Deadlines } from './realtime/deadlines.js';
import { createLocalBus } from './realtime/local-bus.js';
import { createRedisBus } from './realtime/redis/redis-bus.js';
import { createSessions } from './sessions/create-sessions.js';
import { createUsers } from './users/create-users.js';

const SECRET_ADVICE = 'Start Phonegate in a folder that this account can write to, or set GATEWAY_SECRET.';

/**
 * Builds every module and passes each the dependencies that it needs. A use case takes its module as `deps`:
 * `requestOtp(input, modules.login)`. The database must be migrated.
 */
export async function createModules({ config, databaseUrl, log }: { config: Config; databaseUrl: string; log: Log }) {
  // A secret is generated in development only. In production the configuration requires GATEWAY_SECRET.
  const secret = config.gatewaySecret ?? readOrCreateSecret(join(config.dataFolder, 'gateway-secret'), SECRET_ADVICE);
  const keyring = createKeyring(secret, config.gatewaySecretPrevious);
  const pools = await connectPools({ url: databaseUrl, sizes: config.databasePools }, { log });
  const database = pools.signIn;
  const bus: Bus<LoginAttempt> = config.redis ? createRedisBus(config.redis, { log }) : createLocalBus();
  const audit = createAudit({ database, log });
  const base = { config, keyring, database, bus, audit, log };
  const captcha = createCaptcha(base);

  const guardAlarms = createGuardAlarms(base);
  const deadlines = new Deadlines();
  const sessions = await createSessions(base);
  const guardEvents = createGuardEvents({ ...base, guardAlarms, database: pools.background });
  const delivery = createDelivery({ ...base, guardEvents });
  const { codeSender, sendNotification, whatsAppAccount, whatsAppNumber, outbox, chargeMessage } = delivery;
  const usedCodes = createUsedCodes({ ...base, database: pools.background });
  const useCaseModules = {
    sessions,
    login: createLogin({
      ...base,
      captcha,
      deadlines,
      mint: sessions.mint,
      codeSender,
      sendNotification,
      whatsAppAccount,
      whatsAppNumber,
      outbox,
      chargeMessage,
      guardAlarms,
      guardEvents,
      usedCodes,
    }),
    users: createUsers(base),
    account: createAccount({ ...base, pools }),
    admin: createAdmin({ ...base, pools }),
  };
  return {
    ...base,
    pools,
    deadlines,
    delivery,
    ...useCaseModules,
    /**
     * The modules whose use cases resolvers call. Every waiting subscription holds a reference to this object, so it
     * contains nothing else.
     */
    useCaseModules,
    /** Closes the database and Redis. After that, no request can be answered. */
    async close(): Promise<void> {
      await Promise.all([sessions.close(), audit.close(), usedCodes.close(), guardEvents.close()]);
      await bus.close();
      await pools.close();
    },
  };
}

export type Modules = Awaited<ReturnType<typeof createModules>>;
