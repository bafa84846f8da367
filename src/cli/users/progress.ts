/** Where a progress bar is drawn, usually standard error. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Progress on one line of a terminal, which is redrawn each time. Draws nothing when there is no terminal. */
export interface Progress {
  show(what: string, done: number, total: number | undefined): void;
  /** Erases the bar, before other lines are written and at the end. */
  clear(): void;
}

const REDRAW_MS = 100;
const BAR_LENGTH = 30;
const ERASE_LINE = '\r\u001B[K';

export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  let drawnAt = -Infinity;
  let isDrawn = false;
  return {
    show(what, done, total) {
      if (!terminal.isTTY || now() - drawnAt < REDRAW_MS) return;
      drawnAt = now();
      isDrawn = true;
      terminal.write(`${ERASE_LINE}${drawBar(what, done, total).slice(0, (terminal.columns ?? 80) - 1)}`);
    },
    clear() {
      if (isDrawn) terminal.write(ERASE_LINE);
      isDrawn = false;
    },
  };
}

/** Draws `reading [###---] 50 %`. Without a total, shows `done` in megabytes. */
export function drawBar(what: string, done: number, total: number | undefined): string {
  if (total === undefined) return `${what} ${(done / 1e6).toFixed(1)} MB`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_LENGTH);
  return `${what} [${'#'.repeat(filled)}${'-'.repeat(BAR_LENGTH - filled)}] ${Math.floor(share * 100)} %`;
}
