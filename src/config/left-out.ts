import { ALL_PROVIDERS } from '../delivery/channels/providers.js';

type Env = Record<string, string | undefined>;

/** A provider that the gateway starts without, because STRICT_CHANNELS is off. */
export interface LeftOut {
  provider: string;
  /** The mistakes in its variables. */
  problems: string[];
}

/** The providers that have variables, by the first words of their titles. */
const PROVIDERS: [provider: string, variables: RegExp][] = ALL_PROVIDERS.map(({ title, environment }) => ({
  provider: title.replace(/ \(.*/, ''),
  variables: Object.keys(environment),
}))
  .filter(({ variables }) => variables.length > 0)
  .map(({ provider, variables }) => [provider, new RegExp(`^(${variables.join('|')})\\b`)]);

/** The providers whose variables have mistakes, by problems that begin with the name of their variable. */
export const findLeftOut = (problems: readonly string[]): LeftOut[] =>
  PROVIDERS.map(([provider, variables]) => ({
    provider,
    problems: problems.filter((problem) => variables.test(problem)),
  })).filter((one) => one.problems.length > 0);

/** The environment without the variables of these providers. */
export function withoutProviders(env: Env, leftOut: readonly LeftOut[]): Env {
  const patterns = PROVIDERS.filter(([name]) => leftOut.some(({ provider }) => provider === name));
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !patterns.some(([, variables]) => variables.test(name))),
  );
}
