/** The events of codes that were entered. Runbooks count them apart from the codes that were requested and sent. */
const VERIFICATION = new Set(['otp.verified', 'otp.incorrect', 'otp.refused']);

/** The family of an event, such as OTP, OTP VERIFY, WEBHOOK or GREEN API: what `grep` counts in a log. */
export function categoryOf(event: string): string {
  const family = event.slice(0, event.indexOf('.')).replaceAll('_', ' ').toUpperCase();
  return VERIFICATION.has(event) ? `${family} VERIFY` : family;
}
