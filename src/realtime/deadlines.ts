/** A function to call at a certain time. */
export interface Deadline {
  /** Milliseconds since the epoch. May be changed at any time. Infinity means never. */
  dueAt: number;
  wake: () => void;
}

/** The longest delay with which a deadline is noticed. */
const TICK_MS = 100;

/** Calls all deadlines from one timer. Otherwise ten thousand watchers would need ten thousand timers. */
export class Deadlines {
  readonly #deadlines = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#deadlines.size;
  }

  add(deadline: Deadline): void {
    this.#deadlines.add(deadline);
    this.#timer ??= setInterval(() => this.#wakeDue(), TICK_MS);
  }

  remove(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
    if (this.#deadlines.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #wakeDue(): void {
    const now = Date.now();
    for (const deadline of this.#deadlines) {
      if (deadline.dueAt > now) continue;
      deadline.dueAt = Infinity; // until it is set again
      deadline.wake();
    }
  }
}
