/** The number of open connections of all clients on this instance. */
export interface TotalCount {
  /** Counts one more. @returns a function that ends the count, once; undefined when the limit is reached */
  acquire(): (() => void) | undefined;
}

export function createTotalCount(limit: number): TotalCount {
  let open = 0;
  return {
    acquire() {
      if (open >= limit) return undefined;
      open += 1;
      let isOpen = true;
      return () => {
        if (isOpen) open -= 1;
        isOpen = false;
      };
    },
  };
}
