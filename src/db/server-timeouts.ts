/** The longest time that a statement may take on the server. */
export const STATEMENT_TIMEOUT_MS = 9_000;
/**
 * The gateway waits this much longer than the server. So the gateway does not give up a statement that the server still
 * completes.
 */
export const ANSWER_MARGIN_MS = 1_000;
/** A transaction whose gateway is gone keeps its locks no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** The parameters with which a connection starts: PostgreSQL gives up what the gateway gives up. */
export function startupParameters({ statementTimeoutMs, options }: { statementTimeoutMs: number; options?: string }) {
  return {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(options !== undefined && { options }),
  };
}
