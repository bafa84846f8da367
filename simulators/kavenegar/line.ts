import type { FakeKavenegar, KavenegarLine } from './fake-kavenegar.js';
import { Refusal } from './results.js';

/** The line that a sender names, with or without the prefix of Iran; 412 when it is not ours or asleep. */
export function readLine({ lines }: FakeKavenegar, sender: string): KavenegarLine & { digits: string } {
  const digits = /^(?:\+98|0098)?([1-9]\d{2,14})$/.exec(sender)?.[1] ?? '';
  const line = lines.get(Number(digits));
  if (!line?.active) throw new Refusal(412);
  if (line.access === false) throw new Refusal(427);
  return { ...line, digits };
}

/** The line that lookups go out on. */
export function serviceLine({ lines, config }: FakeKavenegar): string {
  const [number = config.defaultsender] = [...lines].find(([, { active, kind }]) => active && kind === 'service') ?? [];
  return String(number);
}
