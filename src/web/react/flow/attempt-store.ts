import type { Storage } from '../../client/index.js';
import type { LoginState } from './state.js';

/** What outlives a reload, and is the same in every tab: the attempts, and where the person stands. */
export type Kept = Pick<LoginState, 'step' | 'phone' | 'code' | 'whatsapp'>;

export function createKeeping(storage: Storage | undefined, key: string) {
  return {
    read(): Kept | undefined {
      try {
        return (JSON.parse(storage?.getItem(key) ?? 'null') as Kept | null) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write({ step, phone, code, whatsapp }: Kept): void {
      try {
        storage?.setItem(key, JSON.stringify({ step, phone, code, whatsapp }));
      } catch {
        // A private window may refuse: then a reload begins anew.
      }
    },
    clear(): void {
      try {
        storage?.removeItem(key);
      } catch {
        // As above.
      }
    },
  };
}

const BEGUN_HERE = 'phonegate:begun-here';

/** The attempts that were begun in this tab, also before it was reloaded. Other tabs show them too, and did not begin them. */
export function createBegunHere() {
  const begun = new Set(read());
  return {
    has: (attemptId: string) => begun.has(attemptId),
    add(attemptId: string): void {
      begun.add(attemptId);
      try {
        sessionStorage.setItem(BEGUN_HERE, [...begun].slice(-2).join(' '));
      } catch {
        // Refused: then it is known until a reload.
      }
    },
  };

  function read(): string[] {
    try {
      return sessionStorage.getItem(BEGUN_HERE)?.split(' ') ?? [];
    } catch {
      return [];
    }
  }
}
