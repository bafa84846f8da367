import { PhonegateError, errorOf } from '../error.js';
import { type LoginAttemptStatusSubscription, documents } from '../generated.js';
import { following } from '../pause.js';
import type { Transport } from '../transport.js';
import type { AttemptKey, LoginAttempt } from './watch.js';

/** The gateway sends a sign of life every twelve seconds. */
const SILENCE_MS = 30_000;

/** The attempt's states as server-sent events, for networks that let no WebSocket through. */
export async function* overSse(
  attempt: AttemptKey,
  { open }: Transport,
  signal: AbortSignal,
): AsyncGenerator<LoginAttempt> {
  const end = following(signal);
  let deadline: ReturnType<typeof setTimeout> | undefined;
  try {
    const stream = await open(documents.LoginAttemptStatus, attempt, end.signal);
    const reader = stream.getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      deadline = setTimeout(() => end.abort(), SILENCE_MS);
      const { done, value } = await reader.read();
      clearTimeout(deadline);
      if (done) return;
      const messages = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const answer = read(message);
        if (answer?.errors) throw errorOf(answer.errors);
        if (answer?.data) yield answer.data.loginAttemptStatus;
      }
    }
  } catch (error) {
    if (error instanceof PhonegateError) throw error;
    throw new PhonegateError('NETWORK', 'The stream broke.', { cause: error });
  } finally {
    clearTimeout(deadline);
    end.abort();
  }
}

/** What a message carries; nothing for a sign of life, and for the word that all has been said. */
function read(message: string): { data?: LoginAttemptStatusSubscription; errors?: [] } | undefined {
  const data = message
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5));
  const text = data.join('\n').trim();
  return text === '' ? undefined : (JSON.parse(text) as { data?: LoginAttemptStatusSubscription; errors?: [] });
}
