import type { PhoneMessage } from '../../src/web/dev-phone/settings.js';

/** The events of `/dev/phone/messages` until the stream ends: stored messages, `ready`, then new ones. */
export async function* devPhoneMessages(url: string, signal: AbortSignal): AsyncGenerator<PhoneMessage | 'ready'> {
  const response = await fetch(`${url}/dev/phone/messages`, { signal });
  if (!response.ok || !response.body) throw new Error(`It answered ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      if (event.startsWith('event: ready\n')) yield 'ready';
      else if (event.startsWith('data: ')) yield JSON.parse(event.slice('data: '.length)) as PhoneMessage;
    }
  }
}

/** Writes to the gateway from the developer's phone. */
export async function writeFromDevPhone(
  url: string,
  message: { from: string; text: string; hidden?: boolean; name?: string },
): Promise<{ httpStatus: number; status?: number; phone?: string; at?: string; error?: string; message?: string }> {
  const response = await fetch(`${url}/dev/phone/send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
  });
  return { httpStatus: response.status, ...((await response.json()) as object) };
}
