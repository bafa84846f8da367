/**
 * Something the operator has to mend before the gateway can start.
 * The message is one plain sentence or list, holds no secret, and is shown without a stack trace.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
