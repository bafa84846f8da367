import { z } from 'zod';
import type { Receipt } from '../channel.js';
import { isFailed } from '../http.js';
import type { Melipayamak } from './client.js';
import { receiptOf } from './results.js';

const STATUSES = z.object({ resultsAsCode: z.array(z.union([z.string(), z.number()]).transform(String)) });
/** Maximum of receive/status. */
const IDS_PER_REQUEST = 100;
/** GetDeliveries2 takes one ID, so this many requests run at the same time. */
const PARALLEL_REQUESTS = 20;
const TIMEOUT_MS = 5_000;

type Receipts = Map<string, Receipt>;

/** Reads the delivery status of messages with the console API. */
export async function readReceiptsByConsole(ids: string[], deps: { melipayamak: Melipayamak }): Promise<Receipts> {
  const receipts: Receipts = new Map();
  for (let from = 0; from < ids.length; from += IDS_PER_REQUEST) {
    const recIds = ids.slice(from, from + IDS_PER_REQUEST);
    const answer = await deps.melipayamak.console('receive/status', { recIds }, AbortSignal.timeout(TIMEOUT_MS));
    const statuses = isFailed(answer) ? [] : (STATUSES.safeParse(answer.body).data?.resultsAsCode ?? []);
    // The answer contains no IDs. Only its order shows which status belongs to which ID.
    if (statuses.length !== recIds.length) continue;
    for (const [index, id] of recIds.entries()) addReceipt(receipts, id, statuses[index]);
  }
  return receipts;
}

/** Reads the delivery status of messages with the REST API. */
export async function readReceiptsByRest(ids: string[], deps: { melipayamak: Melipayamak }): Promise<Receipts> {
  const receipts: Receipts = new Map();
  for (let from = 0; from < ids.length; from += PARALLEL_REQUESTS) {
    await Promise.all(
      ids.slice(from, from + PARALLEL_REQUESTS).map(async (id) => {
        const answer = await deps.melipayamak.rest('GetDeliveries2', { recId: id }, AbortSignal.timeout(TIMEOUT_MS));
        // Without `isOk`, the value "0" means a wrong password, not "sent".
        if (!isFailed(answer) && answer.isOk) addReceipt(receipts, id, answer.value);
      }),
    );
  }
  return receipts;
}

function addReceipt(receipts: Receipts, id: string, status: string | undefined): void {
  const receipt = status === undefined ? undefined : receiptOf(status);
  if (receipt) receipts.set(id, receipt);
}
