import { useEffect, useRef } from 'react';
import type { PhoneLoginState } from '@phonegate/react';

/** Lets the browser's back and forward buttons move between the steps. No request is sent again. */
export function useStepsInHistory({ ready, step, goTo }: Pick<PhoneLoginState, 'ready' | 'step' | 'goTo'>): void {
  const shown = useRef<string>(undefined);
  useEffect(() => {
    if (!ready) return;
    const inHistory = (history.state as { step?: string } | null)?.step;
    if (shown.current === undefined || step === inHistory) history.replaceState({ step }, '');
    else if (step !== shown.current) history.pushState({ step }, '');
    shown.current = step;
  }, [ready, step]);
  useEffect(() => {
    const onPopState = ({ state }: PopStateEvent) => {
      const { step } = (state ?? {}) as { step?: 'phone' | 'code' | 'whatsapp' };
      if (step) goTo(step);
    };
    addEventListener('popstate', onPopState);
    return () => removeEventListener('popstate', onPopState);
  }, [goTo]);
}
