const TIMEOUT_MS = 5_000;

/** @returns the code of the error when there is no answer. */
export async function get(url: string, init: RequestInit = {}): Promise<{ status: number; text: string } | string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code ?? 'no answer';
  }
}
