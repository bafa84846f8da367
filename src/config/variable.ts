/** What the reference says about a variable of the environment. Markdown; links are relative to docs/reference. */
export interface Variable {
  meaning: string;
  unit?: 'seconds' | 'minutes' | 'days';
  /** The smallest and the largest number. */
  range?: readonly [min: number, max: number];
  /** The words that are accepted. */
  values?: readonly string[];
  /** What else must hold. */
  form?: string;
  /** The value when the variable is unset. */
  fallback?: string;
  /** Whether the value is a secret, or contains one. Then `<NAME>_FILE` can name a file that contains it. */
  secret?: true;
  /** What it means that the variable is unset, where there is no such value. */
  unset?: string;
}

/** A variable of a provider. */
export interface ProviderVariable extends Variable {
  /** Of a credential: the variable with the URL that it is sent to, or `anywhere`. A simulator has a local URL. */
  sentTo?: string;
  /** Of a secret: the operator chooses it, so it must be no other secret. */
  isOwn?: true;
}
