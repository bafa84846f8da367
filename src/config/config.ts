import { StartupError } from '../startup-error.js';
import { crossCheckProblems } from './cross-checks.js';
import { ENVIRONMENT } from './environment.js';
import type { ChannelName, LogLevel } from './names.js';
import { renamedProblems } from './renamed.js';
import { type Config, toConfig } from './to-config.js';
import { unknownVariableWarnings } from './unknown-variables.js';

export type { ChannelName, Config, LogLevel };

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

/** Reads the environment without throwing. `config` is undefined when a variable cannot be parsed. */
export function readConfig(env: Record<string, string | undefined>): {
  config: Config | undefined;
  problems: string[];
} {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = ENVIRONMENT.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...renamedProblems(set),
    ...crossCheckProblems(set),
  ];
  return { config: parsed.data && toConfig(parsed.data), problems };
}
