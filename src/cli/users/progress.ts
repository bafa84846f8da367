/** Where a bar can be drawn. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** How far something has come, on one line of a terminal that is drawn over; nothing where there is none. */
export interface Progress {
  show(what: string, done: number, total: number | undefined): void;
  /** Takes the bar away, for lines that are to stand above it, and at the end. */
  clear(): void;
}

/** Ten times a second is often enough for an eye. */
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

/** `reading [###---] 50 %`; without a total, only how much is done, in millions. */
export function drawBar(what: string, done: number, total: number | undefined): string {
  if (total === undefined) return `${what} ${(done / 1e6).toFixed(1)} MB`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_LENGTH);
  return `${what} [${'#'.repeat(filled)}${'-'.repeat(BAR_LENGTH - filled)}] ${Math.floor(share * 100)} %`;
}
