/** What went wrong that no answer says: the network, the gateway, a request that it does not take. */
export class PhonegateError extends Error {
  override readonly name = 'PhonegateError';
  /** `NETWORK` (nothing came back), `UNAVAILABLE` (the gateway is not well), or what the gateway calls it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error as GraphQL answers carry it. */
interface AnsweredError {
  message: string;
  extensions?: { code?: string } | undefined;
}

export function errorOf([first]: readonly AnsweredError[]): PhonegateError {
  return new PhonegateError(first?.extensions?.code ?? 'UNAVAILABLE', first?.message ?? 'No answer');
}

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof PhonegateError && error.code === code;
