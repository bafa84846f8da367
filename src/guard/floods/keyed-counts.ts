/** Counts what is open of each of many keys, such as the connections of a network. */
export interface KeyedCounts {
  isFull(key: string): boolean;
  /** Counts one more. @returns a function that ends the count, once; undefined when the key is at the limit */
  acquire(key: string): (() => void) | undefined;
}

/** Keys of which nothing is open take no memory. */
export function createKeyedCounts(limit: number): KeyedCounts {
  const openByKey = new Map<string, number>();
  const openOf = (key: string) => openByKey.get(key) ?? 0;
  const isFull = (key: string) => openOf(key) >= limit;
  return {
    isFull,
    acquire(key) {
      if (isFull(key)) return undefined;
      openByKey.set(key, openOf(key) + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = openOf(key) - 1;
        if (left > 0) openByKey.set(key, left);
        else openByKey.delete(key);
      };
    },
  };
}
