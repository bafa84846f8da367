import { alreadyRunning } from './already-running.js';
import { configWarnings } from './config/config-warnings.js';
import { testPhoneWarnings } from './config/test-phones.js';
import { type Config, loadConfig } from './config/config.js';
import { loadEnvFile } from './config/env-file.js';
import { startEmbeddedPostgres } from './db/embedded/postgres.js';
import { migrate } from './db/migrate.js';
import { databaseProblem } from './db/database-error.js';
import { reservePort } from './http/listen.js';
import { createHttpServer } from './http/server.js';
import { createLog } from './log.js';
import { shutDown, shutdownTimes } from './shutdown.js';
import { prettyLine } from './log-line.js';
import { type LogOutput, openLogOutput } from './log-output.js';
import { StartupError } from './startup-error.js';
import { welcome } from './welcome.js';

/** Functions that stop what was started. They are in the order of starting and run in reverse order. */
type CleanUp = (() => Promise<void>)[];

/**
 * Runs the gateway in this process until a signal stops it. Resolves when it is ready. Ends the process when it cannot
 * start.
 *
 * @param env the environment of this process, to which `.env` is added
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  await start(env).catch((error: unknown) => {
    process.stderr.write(
      error instanceof StartupError
        ? `${error.message}\n`
        : `Phonegate could not start: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  });
}

async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const envFile = loadEnvFile();
  const config = loadConfig(env, envFile);
  const cleanUp: CleanUp = [];
  const interruption = new AbortController();
  const started = startServices({ config, env, envFile, cleanUp, interrupted: interruption.signal });

  const stop = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).toReversed()) await step();
  };
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interruption.abort();
      // Waits until the start has succeeded or failed, so that `cleanUp` contains everything that was started.
      stopping ??= started
        .catch(() => {})
        .then(stop)
        .then(
          () => process.exit(0),
          () => process.exit(1),
        );
    });
  }

  try {
    await started;
  } catch (error) {
    if (stopping) return;
    await stop().catch(() => {});
    throw error;
  }
}

interface Start {
  config: Config;
  env: NodeJS.ProcessEnv;
  envFile: string | undefined;
  cleanUp: CleanUp;
  /** Aborted by the first signal. */
  interrupted: AbortSignal;
}

async function startServices({ config, env, envFile, cleanUp, interrupted }: Start): Promise<void> {
  const output = openLogOutput({ onDropped: (lines) => log.warn({ event: 'log.lines_dropped', lines }) });
  const log = createLog(config.logLevel, formatOf({ config, env, output }));
  if (envFile !== undefined) log.info({ event: 'config.env_file_loaded', path: envFile });
  const failOnPort = async (error: NodeJS.ErrnoException): Promise<never> => {
    throw await portProblem(error, config);
  };
  const reserved = await reservePort(config).catch(failOnPort);
  cleanUp.push(reserved.release);
  // Loads in the background, because it takes a second: a mistake above is reported at once, and PostgreSQL starts
  // meanwhile.
  const gatewayModule = import('./gateway.js');
  const { port } = reserved;
  const running = {
    ...config,
    port,
    publicUrl: config.publicUrl.replace(/^http:\/\/localhost:0$/, `http://localhost:${port}`),
  };
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    const embedded = await startEmbeddedPostgres(config.dataFolder, { httpPort: port });
    cleanUp.push(embedded.stop);
    databaseUrl = embedded.url;
  }
  const variable = config.directDatabaseUrl === undefined ? 'DATABASE_URL' : 'DIRECT_DATABASE_URL';
  const applied = await migrate(config.directDatabaseUrl ?? databaseUrl, {
    onWait: (holder) => log.warn({ event: 'database.waiting_for_migration', ...holder }),
    onLock: (holder) => log.warn({ event: 'database.waiting_for_lock', ...holder }),
    signal: interrupted,
  }).catch((error: unknown) => {
    throw databaseProblem(variable, error);
  });
  if (applied.length > 0) log.info({ event: 'database.migrated', migrations: applied });
  const { createGateway } = await gatewayModule;
  const server = createHttpServer(running, log);
  const gateway = await createGateway({ config: running, databaseUrl, server, log });
  cleanUp.push(gateway.close);
  await reserved.release();
  await server.listen(gateway.handlers).catch(failOnPort);
  cleanUp.push(() => shutDown(gateway, server, shutdownTimes(running)));
  for (const warning of [...configWarnings(running, env), ...testPhoneWarnings(running)])
    log.warn({ event: 'config.warning', warning });
  output.write(welcome(running));
}

/** Lines for people in a terminal, JSON for everything that collects logs. */
function formatOf({
  config: { logFormat },
  env,
  output,
}: Pick<Start, 'config' | 'env'> & { output: LogOutput }): LogOutput {
  const isTerminal = process.stdout.isTTY;
  if ((logFormat ?? (isTerminal ? 'pretty' : 'json')) === 'json') return output;
  const colors = isTerminal && !env['NO_COLOR'];
  return { write: (line) => output.write(prettyLine(line, { colors })) };
}

async function portProblem(error: NodeJS.ErrnoException, { port, host, dataFolder }: Config): Promise<StartupError> {
  if (error.code === 'EADDRINUSE')
    return new StartupError(
      (await alreadyRunning(dataFolder, port)) ??
        `Port ${port} is already in use. Stop the program that uses it, or set PORT to another port.`,
    );
  if (error.code === 'EACCES')
    return new StartupError(`This account may not use port ${port}. Set PORT to a port above 1023.`);
  return new StartupError(`Cannot listen on HOST ${host}, PORT ${port} (${error.code ?? error.message}).`);
}
