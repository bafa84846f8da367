import { PhonegateError, errorOf, unreachable } from '../error.js';
import { type LoginAttemptStatusSubscription, documents } from '../generated.js';
import { abortedWith } from '../pause.js';
import type { WatchTransport } from './watch-transport.js';

/** The attempt's status as server-sent events, for networks that block WebSockets. */
export const watchBySse: WatchTransport = async function* ({ attempt, signal }, { transport, timings }) {
  const decoder = new TextDecoder(); // without one, no stream is opened
  const end = abortedWith(signal);
  let deadline: ReturnType<typeof setTimeout> | undefined;
  try {
    const stream = await transport.open(documents.LoginAttemptStatus, attempt, end.signal);
    const reader = stream.getReader();
    let text = '';
    for (;;) {
      deadline = setTimeout(() => end.abort(), timings.streamSilence);
      const { done, value } = await reader.read();
      clearTimeout(deadline);
      if (done) throw unreachable();
      const messages = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const answer = parseMessage(message);
        if (answer?.errors) throw errorOf(answer.errors);
        if (answer?.data) yield answer.data.loginAttemptStatus;
      }
    }
  } catch (error) {
    if (error instanceof PhonegateError) throw error;
    throw unreachable(error);
  } finally {
    clearTimeout(deadline);
    end.abort();
  }
};

/** The data of a message; `undefined` for a ping and for the `complete` event, which carry none. */
function parseMessage(message: string): { data?: LoginAttemptStatusSubscription; errors?: [] } | undefined {
  const text = /^data: *(.+)/m.exec(message)?.[1];
  return text === undefined ? undefined : (JSON.parse(text) as { data?: LoginAttemptStatusSubscription; errors?: [] });
}
