import { useEffect, useRef } from 'react';

/** Takes the code from the SMS by itself, where the browser can and the person agrees (WebOTP). */
export function useWebOtp(take: (code: string) => void, wanted: boolean): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    if (!wanted || !('OTPCredential' in globalThis)) return;
    const asking = new AbortController();
    const question = { otp: { transport: ['sms'] }, signal: asking.signal } as CredentialRequestOptions;
    navigator.credentials.get(question).then(
      (answer) => {
        const { code } = (answer ?? {}) as { code?: string };
        if (code) latest.current(code);
      },
      () => {}, // refused, or no SMS came: it can be typed
    );
    return () => asking.abort();
  }, [wanted]);
}
