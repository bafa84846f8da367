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
import { createGuardEvents } from './guard/guard-events.js';
import { createUsedCodes } from './guard/used-codes.js';
import { createSprayAlarm } from './guard/spray-alarm.js';
import { createVerifiedCodes } from './guard/verified-codes.js';
import type { Log } from './log.js';
import { createLogin } from './login/create-login.js';
import { Deadlines } from './realtime/deadlines.js';
import { createLocalBus } from './realtime/local-bus.js';
import { createRedisBus } from './realtime/redis-bus.js';
import { createSessions } from './sessions/create-sessions.js';
import { createUsers } from './users/create-users.js';

/**
 * Builds every module and passes each the dependencies that it needs. A use case takes its module as `deps`:
 * `requestOtp(input, modules.login)`. The database must be migrated.
 */
export async function createModules({ config, databaseUrl, log }: { config: Config; databaseUrl: string; log: Log }) {
  // A secret is generated in development only. In production the configuration requires GATEWAY_SECRET.
  const secret = config.gatewaySecret ?? readOrCreateSecret(join(config.dataFolder, 'gateway-secret'));
  const keyring = createKeyring(secret, config.gatewaySecretPrevious);
  const pools = await connectPools({ url: databaseUrl, sizes: config.databasePools }, { log });
  const database = pools.signIn;
  const bus = config.redisUrl ? createRedisBus({ url: config.redisUrl }, { log }) : createLocalBus();
  const audit = createAudit({ database, log });
  const base = { config, keyring, database, bus, audit, log };
  const captcha = createCaptcha(base);

  const guard = { verifiedCodes: createVerifiedCodes(base), sprayAlarm: createSprayAlarm(base) };
  const deadlines = new Deadlines();
  const sessions = await createSessions(base);
  const guardEvents = createGuardEvents({ database: pools.background, keyring, log });
  const delivery = createDelivery({ ...base, guardEvents });
  const { codeSender, sendNotification, greenApi, outbox, chargeMessage } = delivery;
  const usedCodes = createUsedCodes({ database: pools.background, log });
  const useCaseModules = {
    sessions,
    login: createLogin({
      ...base,
      captcha,
      ...guard,
      deadlines,
      mint: sessions.mint,
      codeSender,
      sendNotification,
      greenApi,
      outbox,
      chargeMessage,
      guardEvents,
      usedCodes,
    }),
    users: createUsers(base),
    account: createAccount(base),
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
      await Promise.all([
        sessions.close(),
        audit.close(),
        usedCodes.close(),
        guard.verifiedCodes.close(),
        guardEvents.close(),
      ]);
      await bus.close();
      await pools.close();
    },
  };
}

export type Modules = Awaited<ReturnType<typeof createModules>>;
