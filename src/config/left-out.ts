type Env = Record<string, string | undefined>;

/** A provider that the gateway starts without, because STRICT_CHANNELS is off. */
export interface LeftOut {
  provider: string;
  /** The mistakes in its variables. */
  problems: string[];
}

const PROVIDERS: [provider: string, variables: RegExp][] = [
  ['Green API', /^GREEN_API_/],
  ['Kavenegar', /^KAVENEGAR_/],
  ['Melipayamak', /^(MELIPAYAMAK_|SMS_SENDER_NUMBER)/],
];

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
