'use client';

import { useEffect, useRef } from 'react';

/** Reads the code from the SMS where the browser can (WebOTP) and the user agrees. */
export function useWebOtp(take: (code: string) => void, wanted: boolean): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    if (!wanted || !('OTPCredential' in globalThis)) return;
    const request = new AbortController();
    const options = { otp: { transport: ['sms'] }, signal: request.signal } as CredentialRequestOptions;
    navigator.credentials.get(options).then(
      (answer) => {
        const { code } = (answer ?? {}) as { code?: string };
        if (code) latest.current(code);
      },
      () => {}, // refused, or no SMS arrived: the user types the code
    );
    return () => request.abort();
  }, [wanted]);
}
