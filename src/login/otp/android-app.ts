/** Whether a client is an app on Android: its HTTP library names itself. Browsers, and pages within apps, begin with Mozilla. */
export const isAndroidApp = (userAgent: string | null | undefined): boolean =>
  userAgent != null && !userAgent.startsWith('Mozilla/') && /\b(okhttp|Dalvik|ktor-client-android)\b/i.test(userAgent);
