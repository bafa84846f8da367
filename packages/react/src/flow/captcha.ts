import type { Phonegate, RequiredCaptcha } from '@phonegate/client';

const prepared = new WeakSet<Phonegate>();
const listeners = new Set<(solving: boolean) => void>();
let solving = 0;

/** Lets the client solve captchas. The program for that is loaded with the first one. */
export function prepareCaptchas(client: Phonegate): void {
  if (prepared.has(client)) return;
  prepared.add(client);
  const own = client.captcha;
  client.captcha = async (answer, repeat) => {
    if ((answer as RequiredCaptcha | null)?.__typename !== 'CaptchaRequired') return answer;
    report(1);
    try {
      const solve = own ?? (await import('@phonegate/client/captcha').catch(() => undefined))?.withCaptcha;
      return await (solve?.(answer, repeat) ?? answer);
    } finally {
      report(-1);
    }
  };
}

function report(change: number): void {
  solving += change;
  for (const listener of listeners) listener(solving > 0);
}

/** @returns how to stop */
export function onSolvingCaptcha(listener: (solving: boolean) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
