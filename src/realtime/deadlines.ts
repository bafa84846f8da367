/** Something to be woken at a time. */
export interface Deadline {
  /** Milliseconds since the epoch; move it to be woken later or earlier. Infinity: not at all. */
  dueAt: number;
  wake: () => void;
}

/** How late an alarm may ring. */
const TICK_MS = 100;

/** One timer for everybody who waits: ten thousand watchers would otherwise hold ten thousand timers. */
export class Deadlines {
  readonly #deadlines = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#deadlines.size;
  }

  add(deadline: Deadline): void {
    this.#deadlines.add(deadline);
    this.#timer ??= setInterval(() => this.#ring(), TICK_MS);
  }

  remove(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
    if (this.#deadlines.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #ring(): void {
    const now = Date.now();
    for (const deadline of this.#deadlines) {
      if (deadline.dueAt > now) continue;
      deadline.dueAt = Infinity; // until its owner sets it again
      deadline.wake();
    }
  }
}
