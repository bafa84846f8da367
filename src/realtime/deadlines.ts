/** Something to be woken at a time. */
export interface Alarm {
  /** Milliseconds since the epoch; move it to be woken later or earlier. Infinity: not at all. */
  dueAt: number;
  wake: () => void;
}

/** How late an alarm may ring. */
const TICK_MS = 100;

/** One timer for everybody who waits: ten thousand watchers would otherwise hold ten thousand timers. */
export class Alarms {
  readonly #alarms = new Set<Alarm>();
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#alarms.size;
  }

  add(alarm: Alarm): void {
    this.#alarms.add(alarm);
    this.#timer ??= setInterval(() => this.#ring(), TICK_MS);
  }

  remove(alarm: Alarm): void {
    this.#alarms.delete(alarm);
    if (this.#alarms.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #ring(): void {
    const now = Date.now();
    for (const alarm of this.#alarms) {
      if (alarm.dueAt > now) continue;
      alarm.dueAt = Infinity; // until its owner sets it again
      alarm.wake();
    }
  }
}
