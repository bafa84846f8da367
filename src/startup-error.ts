/**
 * A problem that the operator must fix before the gateway can start. The message is a sentence or a list, contains no
 * secret, and is shown without a stack trace.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
