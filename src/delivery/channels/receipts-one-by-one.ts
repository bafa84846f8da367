import type { Receipt } from './channel.js';

const TIMEOUT_MS = 5_000;
/** So many requests run at the same time. */
const PARALLEL_REQUESTS = 20;

/** Polls a provider whose status method takes one ID. A message without a receipt is left out: the next poll asks again. */
export async function receiptsOneByOne(
  ids: string[],
  read: (id: string, signal: AbortSignal) => Promise<Receipt | undefined>,
): Promise<Map<string, Receipt>> {
  const receipts = new Map<string, Receipt>();
  for (let from = 0; from < ids.length; from += PARALLEL_REQUESTS) {
    await Promise.all(
      ids.slice(from, from + PARALLEL_REQUESTS).map(async (id) => {
        const receipt = await read(id, AbortSignal.timeout(TIMEOUT_MS));
        if (receipt) receipts.set(id, receipt);
      }),
    );
  }
  return receipts;
}
