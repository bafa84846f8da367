import { useEffect, useState } from 'react';

/** Renders again each second while something counts down. */
export function useTick(countsDown: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!countsDown) return;
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, [countsDown]);
}
