import { ALL_PROVIDERS } from '../delivery/channels/providers.js';

type Env = Record<string, string | undefined>;

/** A provider that the gateway starts without, because STRICT_CHANNELS is off. */
export interface LeftOut {
  provider: string;
  /** The mistakes in its variables. */
  problems: string[];
}

/** The providers that have variables, by the first words of their titles. */
const PROVIDERS = ALL_PROVIDERS.map(({ title, environment, leaveOut }) => ({
  provider: title.replace(/ \(.*/, ''),
  names: Object.keys(environment),
  leaveOut,
}))
  .filter(({ names }) => names.length > 0)
  .map(({ provider, names, leaveOut }) => {
    const variables = new RegExp(`^(${names.join('|')})\\b`);
    const without = (env: Env) => Object.fromEntries(Object.entries(env).filter(([name]) => !variables.test(name)));
    return { provider, variables, leaveOut: leaveOut ?? without };
  });

/** The providers whose variables have mistakes, by problems that begin with the name of their variable. */
export const findLeftOut = (problems: readonly string[]): LeftOut[] =>
  PROVIDERS.map(({ provider, variables }) => ({
    provider,
    problems: problems.filter((problem) => variables.test(problem)),
  })).filter((one) => one.problems.length > 0);

/** The environment without what is wrong with these providers. */
export const withoutProviders = (env: Env, leftOut: readonly LeftOut[]): Env =>
  leftOut.reduce(
    (left, { provider, problems }) =>
      PROVIDERS.find((one) => one.provider === provider)?.leaveOut(left, problems) ?? left,
    env,
  );
