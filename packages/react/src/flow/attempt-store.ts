import type { Storage } from '@phonegate/client';
import type { LoginState } from './state.js';

/** What outlives a reload and is the same in every tab: the attempts, and the step that is shown. */
export type StoredLogin = Pick<LoginState, 'step' | 'phone' | 'code' | 'whatsapp'>;

export interface AttemptStore {
  read(): StoredLogin | undefined;
  write(login: StoredLogin): void;
  clear(): void;
}

/** A browser may refuse storage, as in a private window: then a reload starts anew. */
export function createAttemptStore({ storage, key }: { storage: Storage | undefined; key: string }): AttemptStore {
  return {
    read() {
      try {
        return (JSON.parse(storage?.getItem(key) ?? 'null') as StoredLogin | null) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write({ step, phone, code, whatsapp }) {
      try {
        storage?.setItem(key, JSON.stringify({ step, phone, code, whatsapp }));
      } catch {}
    },
    clear() {
      try {
        storage?.removeItem(key);
      } catch {}
    },
  };
}
