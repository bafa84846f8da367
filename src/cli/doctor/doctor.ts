import { configWarnings } from '../../config/config-warnings.js';
import { type Config, readConfig } from '../../config/config.js';
import { unknownVariableWarnings } from '../../config/unknown-variables.js';
import { runningPostgresUrl } from '../../db/embedded/running.js';
import { StartupError } from '../../startup-error.js';
import { PROVIDER_ENTRIES } from '../../delivery/channels/providers.js';
import { type Providers, createProviders } from '../create-providers.js';
import { type OpenedDatabase, openDatabase } from './database.js';
import { type Finding, ok, problem, warning } from './finding.js';
import { checkAlarms } from './alarms.js';
import { checkGreenApi } from './green-api.js';
import { checkDirectDatabase } from './direct-database.js';
import { checkCloudNumber } from './cloud-number.js';
import { checkKeys } from './keys.js';
import { checkPartitions } from './partitions.js';
import { checkUsers } from './users.js';
import { checkProviderClock } from './provider-clock.js';
import { checkProviderUrl } from './provider-url.js';
import { checkPublicUrl } from './public-url.js';
import { checkRedis } from './redis.js';
import { checkRoutes } from './routes.js';
import { checkSettings } from './settings.js';
import { checkSmsLog, checkUnproven } from './sms-log.js';
import { checkTemplates } from './templates.js';
import { checkTestPhones } from './test-phones.js';
import { checkWebhook } from './webhook.js';

/** Checks everything that a login needs. Changes nothing, sends nothing, and prints no secret. */
export async function runDoctor({
  env,
  envFile,
}: {
  env: Record<string, string | undefined>;
  envFile?: string | undefined;
}): Promise<Finding[]> {
  const { config, problems } = readConfig(env);
  const findings = problems.map((text) =>
    problem('configuration', text, 'The gateway does not start with this configuration'),
  );
  const warnings = config ? configWarnings(config, env) : unknownVariableWarnings(env);
  findings.push(...warnings.map((text) => warning('configuration', text, 'See "Configuration" in the documentation')));
  const isValid = findings.length === 0;
  if (envFile !== undefined) findings.unshift(ok('configuration', `variables were also read from ${envFile}`));
  if (!config) return findings;
  if (isValid) findings.push(ok('configuration', 'is valid'));
  const providers = createProviders(config);
  const hasRoutes = Boolean(env['DELIVERY_ROUTES']?.trim());
  const [fromDatabase, redis] = await Promise.all([checkWithDatabase(config, providers), checkRedis(config.redis)]);
  return [
    ...findings,
    ...fromDatabase,
    ...redis,
    ...checkRoutes({ config, channels: providers.channels, hasRoutes }),
    ...checkSettings(config),
    ...(await checkAddress(config)),
    ...(await checkAccounts(config)),
    ...(await checkProviderApis(config)),
    ...(await checkCloudNumber(config)),
  ];
}

/** Checks the database and its content, and Green API, whose webhooks are recorded in the database. */
async function checkWithDatabase(config: Config, { greenApi }: Providers): Promise<Finding[]> {
  const { findings, client, close } = await openGatewayDatabase(config);
  try {
    return [
      ...findings,
      ...(client && config.directDatabaseUrl !== undefined
        ? await checkDirectDatabase({ url: config.directDatabaseUrl, client })
        : []),
      ...(client ? await checkPartitions({ client }) : []),
      ...(client ? await checkTemplates({ config, client }) : []),
      ...(client ? await checkSmsLog({ client }) : []),
      ...(client ? await checkUnproven({ config, client }) : []),
      ...(client ? await checkUsers({ config, client }) : []),
      ...(await checkTestPhones({ config, client })),
      ...(client ? await checkKeys({ config, client }) : []),
      ...(client ? await checkAlarms({ config, client }) : []),
      ...(greenApi ? await checkGreenApi({ greenApi, config, client }) : []),
    ];
  } finally {
    await close();
  }
}

/** The database of DATABASE_URL, or the embedded one of a gateway that runs in this folder. */
async function openGatewayDatabase({ databaseUrl, dataFolder }: Config): Promise<OpenedDatabase> {
  const unopened = (finding: Finding) => ({ findings: [finding], client: undefined, close: async () => {} });
  let url: string | undefined;
  try {
    url = databaseUrl ?? (await runningPostgresUrl(dataFolder));
  } catch (error) {
    const why = error instanceof StartupError ? error.message : ((error as NodeJS.ErrnoException).code ?? '');
    const message = `the gateway's own PostgreSQL under ${dataFolder}/ cannot be used (${why})`;
    return unopened(problem('database', message, 'Run this command in the folder and as the user of the gateway'));
  }
  if (url) return openDatabase(url);
  const message = `the gateway's own PostgreSQL under ${dataFolder}/ is not running`;
  return unopened(warning('database', message, 'It starts with the gateway; its data was not checked'));
}

/** The public URL, unless the webhook shows already that it does not lead here. */
async function checkAddress(config: Config): Promise<Finding[]> {
  const ofWebhook = config.greenApi.idInstance ? await checkWebhook(config) : [];
  const isWrong = ofWebhook.some(({ level }) => level === 'problem');
  return isWrong ? ofWebhook : [...ofWebhook, ...(await checkPublicUrl(config))];
}

/** Checks the account at each provider that is configured. */
async function checkAccounts(config: Config): Promise<Finding[]> {
  const checks = PROVIDER_ENTRIES.map(async ([key, provider]) => (await provider.check?.(config[key])) ?? []);
  return (await Promise.all(checks)).flat();
}

async function checkProviderApis(config: Config): Promise<Finding[]> {
  const apis = PROVIDER_ENTRIES.flatMap(([key, provider]) => provider.apis?.(config[key]) ?? []);
  const clocks = await Promise.all(apis.map(({ name, url }) => checkProviderClock(name, url)));
  return [...apis.flatMap(checkProviderUrl), ...clocks.flat()];
}
