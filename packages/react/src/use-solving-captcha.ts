import { useState } from 'react';
import { onSolvingCaptcha } from './flow/captcha.js';
import { useBrowserEffect } from './use-browser-effect.js';

/** Whether the browser solves a captcha for a request that is on its way. */
export function useSolvingCaptcha(): boolean {
  const [solving, setSolving] = useState(false);
  useBrowserEffect(() => onSolvingCaptcha(setSolving), []);
  return solving;
}
