import { useEffect, useRef } from 'react';
import type { PhoneLoginState } from '../react/index.js';

/** The browser's back button leads a step back, and forward again, and nothing is asked anew. */
export function useStepsInHistory({ step, goTo }: Pick<PhoneLoginState, 'step' | 'goTo'>): void {
  const shown = useRef<string>(undefined);
  useEffect(() => {
    const there = (history.state as { step?: string } | null)?.step;
    if (shown.current === undefined || step === there) history.replaceState({ step }, '');
    else if (step !== shown.current) history.pushState({ step }, '');
    shown.current = step;
  }, [step]);
  useEffect(() => {
    const follow = ({ state }: PopStateEvent) => {
      const { step } = (state ?? {}) as { step?: 'phone' | 'code' | 'whatsapp' };
      if (step) goTo(step);
    };
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, [goTo]);
}
