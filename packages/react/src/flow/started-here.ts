const KEY = 'phonegate:started-here';

/** The attempts that were started in this tab, also before a reload. Other tabs show the same attempts. */
export interface StartedHere {
  has(attemptId: string): boolean;
  add(attemptId: string): void;
}

export function createStartedHere(): StartedHere {
  let known: Set<string> | undefined;
  const started = () => (known ??= new Set(read()));
  return {
    has: (attemptId) => started().has(attemptId),
    add(attemptId) {
      try {
        sessionStorage.setItem(KEY, [...started().add(attemptId)].slice(-2).join(' '));
      } catch {
        // Storage is refused: the tab knows its attempts until a reload.
      }
    },
  };
}

function read(): string[] {
  try {
    return sessionStorage.getItem(KEY)?.split(' ') ?? [];
  } catch {
    return [];
  }
}
