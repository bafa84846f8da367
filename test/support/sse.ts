import { WATCH_ATTEMPT } from './frames.js';

export interface SseEvent {
  event: string;
  data: {
    data?: { loginAttemptStatus: { status: string } } | null;
    errors?: { message: string; extensions?: { code?: string } }[];
  };
}

/** The events that plain fetch receives about an attempt over Server-Sent Events, until the stream ends. */
export async function* watchBySse(
  graphqlUrl: string,
  { attemptId, secret }: { attemptId: string; secret: string },
  signal?: AbortSignal,
): AsyncGenerator<SseEvent> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: WATCH_ATTEMPT, variables: { attemptId, secret } }),
    ...(signal && { signal }),
  });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      const data = field('data');
      if (field('event') === 'next' && data) yield { event: 'next', data: JSON.parse(data) as SseEvent['data'] };
    }
  }
}
