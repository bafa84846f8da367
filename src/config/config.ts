import { PROVIDER_ENVIRONMENT } from '../delivery/channels/providers.js';
import { StartupError } from '../startup-error.js';
import { crossCheckProblems } from './cross-checks.js';
import { countryProblems } from './country-checks.js';
import { ENVIRONMENT } from './environment.js';
import { findLeftOut, withoutProviders } from './left-out.js';
import { renamedProblems } from './renamed.js';
import { readSecretFiles } from './secret-variables.js';
import { type Config, toConfig } from './to-config.js';
import { unknownVariableWarnings } from './unknown-variables.js';

export type { ChannelName } from '../delivery/channels/channel.js';
export type { Config };

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @param envFile the file from which variables were added, for the message
 * @throws StartupError with every problem at once, by variable. It never contains a value that could be a secret
 */
export function loadConfig(env: Record<string, string | undefined>, envFile?: string): Config {
  const { config, problems } = readConfig(env);
  if (config && problems.length === 0) return config;
  const heading = `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:`;
  const notes = unknownVariableWarnings(env);
  throw new StartupError(
    [
      heading,
      ...problems.map(listed),
      ...(notes.length === 0 ? [] : ['Note:', ...notes.map(listed)]),
      ...(envFile === undefined ? [] : [`Variables were also read from ${envFile}.`]),
    ].join('\n'),
  );
}

const listed = (text: string) => `  - ${text}`;

/** A problem begins with the name of its variable. */
const OF_COUNTRIES_AND_CHANNELS = new RegExp(
  `^(${['NODE_ENV', 'ALLOWED_COUNTRIES', 'DEFAULT_COUNTRIES', 'DENIED_PREFIXES', 'DELIVERY_ROUTES', ...Object.keys(PROVIDER_ENVIRONMENT)].join('|')})`,
);

interface ReadConfig {
  config: Config | undefined;
  problems: string[];
}

/**
 * Reads the environment without throwing. `config` is undefined when a variable cannot be parsed or read from its file. With
 * STRICT_CHANNELS=off, a provider whose variables have mistakes is left out.
 */
export function readConfig(env: Record<string, string | undefined>): ReadConfig {
  const read = readWholeConfig(env);
  const leftOut = env['STRICT_CHANNELS'] === 'off' ? findLeftOut(read.problems) : [];
  if (leftOut.length === 0) return read;
  const { config, problems } = readWholeConfig(withoutProviders(env, leftOut));
  return { config: config && { ...config, leftOut }, problems };
}

function readWholeConfig(env: Record<string, string | undefined>): ReadConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const secrets = readSecretFiles(set);
  const parsed = ENVIRONMENT.safeParse(secrets.env);
  const source = (name: string) => (set[`${name}_FILE`] === undefined ? name : `${name} (read from ${name}_FILE)`);
  const problems = [
    ...secrets.problems,
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${source(path.join('.'))} ${message}`),
    ...renamedProblems(set),
    ...crossCheckProblems({ ...secrets.env, ...secrets.unread }),
  ];
  const isComplete = secrets.problems.length === 0;
  const malformed = new Set((parsed.error?.issues ?? []).map(({ path }) => path[0]));
  const readable = Object.fromEntries(Object.entries(secrets.env).filter(([name]) => !malformed.has(name)));
  // A mistake in one of these variables, or a file that cannot be read, would only be reported a second time.
  if (isComplete && !problems.some((problem) => OF_COUNTRIES_AND_CHANNELS.test(problem)))
    problems.push(...countryProblems(toConfig(ENVIRONMENT.parse(readable))));
  return { config: isComplete && parsed.data ? toConfig(parsed.data) : undefined, problems };
}
