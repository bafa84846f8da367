/**
 * Calls when the network is back, or the page is: whatever was open may be dead without a word.
 *
 * @returns how to stop
 */
export function onWakeUp(listener: () => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const whenSeen = () => {
    if (document.visibilityState === 'visible') listener();
  };
  // The browser had put the whole page aside, and has brought it back.
  const whenBack = ({ persisted }: PageTransitionEvent) => {
    if (persisted) listener();
  };
  addEventListener('online', listener);
  addEventListener('pageshow', whenBack);
  document.addEventListener('visibilitychange', whenSeen);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('pageshow', whenBack);
    document.removeEventListener('visibilitychange', whenSeen);
  };
}
