import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import { type FairQueue, createFairQueue } from '../guard/floods/fair-queue.js';
import type { NetworkBudget } from '../guard/floods/network-budget.js';
import { createOperationSlots } from '../guard/floods/operation-slots.js';
import { OPERATIONS_AT_ONCE_PER_CLIENT, OPERATION_SLOT_MS } from '../guard/limits.js';
import type { GraphqlContext } from './context.js';
import { countRootFields } from './root-fields.js';

/** Executes a query or a mutation when it is the turn of its client. */
export type ExecuteInTurn = (args: ExecutionArgs) => Promise<ExecutionResult>;

/** The operations budget limits what a network executes, so turns are not limited by time. */
const NO_TIME_LIMIT: NetworkBudget = { charge: () => {}, waitMs: () => 0 };

/**
 * For HTTP, SSE and WebSocket together: each network executes a few operations at the same time, and the networks alternate.
 * So nobody waits for all that another network has sent. Each root field counts as an operation: the caller has counted one.
 * See docs/decisions/0052.
 */
export function createExecuteInTurn({
  operations,
  production,
}: {
  operations: NetworkBudget;
  production: boolean;
}): ExecuteInTurn {
  const slots = createOperationSlots({
    limit: OPERATIONS_AT_ONCE_PER_CLIENT,
    holdMs: OPERATION_SLOT_MS,
    production,
  });
  const turns: FairQueue = createFairQueue(NO_TIME_LIMIT);

  return async (args) => {
    const { ip } = (args.contextValue as GraphqlContext).client;
    const size = countRootFields(args.document, args.operationName);
    if (size > 1) operations.charge(ip, size - 1);
    const leave = await slots.take(ip, size);
    try {
      await new Promise<void>((resolve) => turns.enqueue(ip, resolve));
      return await execute(args);
    } finally {
      leave();
    }
  };
}
