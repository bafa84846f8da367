/** A failure that is no answer of the gateway: no network, a gateway that is down, a request that it refuses. */
export class PhonegateError extends Error {
  override readonly name = 'PhonegateError';
  /** `NETWORK` (no answer arrived), `UNAVAILABLE` (the answer is not the gateway's), or the gateway's own code. */
  readonly code: string;

  constructor(code: string, message?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An entry of `errors` in a GraphQL response. */
interface ResponseError {
  message: string;
  extensions?: { code?: string } | undefined;
}

/** @internal */
export function errorOf([first]: readonly ResponseError[]): PhonegateError {
  return new PhonegateError(first?.extensions?.code ?? 'UNAVAILABLE', first?.message);
}

/** @internal */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof PhonegateError && error.code === code;

/** The connection failed before or while the gateway answered. @internal */
export function unreachable(cause?: unknown): PhonegateError {
  return new PhonegateError('NETWORK', 'The gateway cannot be reached.', { cause });
}
