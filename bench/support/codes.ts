import { type IncomingMessage, get } from 'node:http';

/** The codes that a development gateway sends, as its page for developers shows them. */
export interface Codes {
  /** Waits for the next code of a phone. */
  next(phone: string): Promise<string>;
  stop(): void;
}

export async function watchCodes(port: number): Promise<Codes> {
  const waiting = new Map<string, (code: string) => void>();
  const early = new Map<string, string>();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, path: '/dev/phone/messages' }, resolve).on('error', reject);
  });
  let received = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (received + chunk).split('\n');
    received = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const { phone, code } = JSON.parse(line.slice(5)) as { phone?: string; code?: string };
      if (phone === undefined || code === undefined) continue;
      const resolve = waiting.get(phone);
      if (resolve) resolve(code);
      else early.set(phone, code);
      waiting.delete(phone);
    }
  });
  return {
    next(phone) {
      const code = early.get(phone);
      early.delete(phone);
      return code === undefined ? new Promise((resolve) => waiting.set(phone, resolve)) : Promise.resolve(code);
    },
    stop: () => void response.destroy(),
  };
}
