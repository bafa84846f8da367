import { useEffect, useLayoutEffect } from 'react';

/**
 * For what only a browser knows. A server and the first render of a browser must show the same, so the component learns it
 * here, before the first paint. Effects do not run on a server; React 18 warns there about useLayoutEffect.
 */
export const useBrowserEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect;
