import { configWarnings } from '../../config/config-warnings.js';
import { type Config, readConfig } from '../../config/config.js';
import { runningPostgresUrl } from '../../db/embedded/running.js';
import { StartupError } from '../../startup-error.js';
import { createProviders } from '../create-providers.js';
import { openDatabase } from './database.js';
import { type Finding, ok, problem, warning } from './finding.js';
import { checkGreenApi } from './green-api.js';
import { checkKavenegar } from './kavenegar.js';
import { checkKeys } from './keys.js';
import { checkMelipayamak } from './melipayamak.js';
import { checkUsers } from './users.js';
import { checkProviderClock } from './provider-clock.js';
import { checkRedis } from './redis.js';
import { checkRoutes } from './routes.js';
import { checkLog } from './sms-log.js';
import { checkTemplates } from './templates.js';
import { checkWebhook } from './webhook.js';

/** Looks at everything that a login needs, changes nothing, sends nothing, and shows no secret. */
export async function examine(env: Record<string, string | undefined>): Promise<Finding[]> {
  const { config, problems } = readConfig(env);
  const findings = problems.map((text) => problem('configuration', text, 'The gateway does not start like this'));
  if (!config) return findings;
  findings.push(
    ...configWarnings(config).map((text) => warning('configuration', text, 'See the README, "Configuration"')),
  );
  if (findings.length === 0) findings.push(ok('configuration', 'can be read'));
  const [fromDatabase, redis] = await Promise.all([examineDatabase(config), checkRedis(config.redisUrl)]);
  const providers = createProviders(config);
  return [
    ...findings,
    ...fromDatabase,
    redis,
    ...checkRoutes(config, providers.channels, Boolean(env['DELIVERY_ROUTES']?.trim())),
    ...(config.greenApi.idInstance ? await checkWebhook(config) : []),
    ...(providers.kavenegar ? await checkKavenegar(providers.kavenegar, config) : []),
    ...(providers.hasMelipayamak ? await checkMelipayamak(config) : []),
    ...(await examineClocks(config, providers)),
  ];
}

/** What is in the database, and what can only be judged with it. */
async function examineDatabase(config: Config): Promise<Finding[]> {
  const { greenApi } = createProviders(config);
  let url: string | undefined;
  try {
    url = config.databaseUrl ?? (await runningPostgresUrl(config.dataFolder));
  } catch (error) {
    const why = error instanceof StartupError ? error.message : ((error as NodeJS.ErrnoException).code ?? '');
    return [
      problem(
        'database',
        `the gateway's own PostgreSQL under ${config.dataFolder}/ cannot be used (${why})`,
        'Run this command in the folder and as the user of the gateway',
      ),
      ...(greenApi ? await checkGreenApi(greenApi, config, undefined) : []),
    ];
  }
  if (!url) {
    return [
      warning(
        'database',
        `the gateway's own PostgreSQL under ${config.dataFolder}/ is not running`,
        'It starts with the gateway; what is in it was not looked at',
      ),
      ...(greenApi ? await checkGreenApi(greenApi, config, undefined) : []),
    ];
  }
  const visit = await openDatabase(url);
  try {
    return [
      ...visit.findings,
      ...(visit.query ? await checkTemplates(visit.query, config) : []),
      ...(visit.query ? await checkLog(visit.query) : []),
      ...(visit.query ? await checkUsers(visit.query, config) : []),
      ...(visit.query ? await checkKeys(visit.query, config) : []),
      ...(greenApi ? await checkGreenApi(greenApi, config, visit.query) : []),
    ];
  } finally {
    await visit.close();
  }
}

async function examineClocks(config: Config, providers: ReturnType<typeof createProviders>): Promise<Finding[]> {
  const { melipayamak } = config;
  const urls: [string, string][] = [
    ...(providers.greenApi ? [['Green API', config.greenApi.url] as [string, string]] : []),
    ...(providers.kavenegar ? [['Kavenegar', config.kavenegar.url] as [string, string]] : []),
    ...(providers.hasMelipayamak
      ? [
          ['Melipayamak', melipayamak.username === undefined ? melipayamak.consoleUrl : melipayamak.url] as [
            string,
            string,
          ],
        ]
      : []),
  ];
  return (await Promise.all(urls.map(([name, url]) => checkProviderClock(name, url)))).flat();
}
