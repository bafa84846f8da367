import type { KavenegarSimulator, KavenegarLine } from './simulator.js';
import { Refusal } from './results.js';

/** Finds the line of a sender, with or without the prefix of Iran. @throws Refusal 412 if it is unknown or not active */
export function readLine({ lines }: KavenegarSimulator, sender: string): KavenegarLine & { digits: string } {
  const digits = /^(?:\+98|0098)?([1-9]\d{2,14})$/.exec(sender)?.[1] ?? '';
  const line = lines.get(Number(digits));
  if (!line?.active) throw new Refusal(412);
  if (line.access === false) throw new Refusal(427);
  return { ...line, digits };
}

/** The line that verify/lookup sends from. */
export function serviceLine({ lines, config }: KavenegarSimulator): string {
  const [number = config.defaultsender] = [...lines].find(([, { active, kind }]) => active && kind === 'service') ?? [];
  return String(number);
}
