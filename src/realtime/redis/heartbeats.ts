/** How often each instance publishes that it is there, on every lane. */
export const HEARTBEAT_MS = 400;
/** After this many beats without an answer, a link counts as down: within 1.6 seconds. */
const MISSED_UNTIL_DOWN = 3;
/** The same for a link that is busy with subscriptions, whose answers come first: within 4.4 seconds. */
const MISSED_UNTIL_DOWN_WHILE_BUSY = 10;
/** An instance that was silent for an hour is gone: it crashed, because one that stops says so. */
const FORGET_AFTER_BEATS = (60 * 60_000) / HEARTBEAT_MS;
/** Other instances that are watched. Anyone who can write to Redis could invent more. */
const MAX_OTHERS = 500;

/**
 * Which heartbeats have arrived. An instance must receive its own heartbeats: only that proves that it can publish and
 * that its subscription works. It also watches the heartbeats of the others, because it would miss the changes of one
 * that cannot publish.
 *
 * It counts beats and not time. So a process that was stopped for a moment does not take the others for silent.
 */
export class Heartbeats {
  /** For each lane, whether it is up, and the beats since the last answer. */
  readonly #own: { isUp: boolean; missed: number }[];
  /** For each other instance, the beats since its last one, by lane. */
  readonly #others = new Map<string, number[]>();

  constructor(lanes: number) {
    this.#own = Array.from({ length: lanes }, () => ({ isUp: false, missed: 0 }));
  }

  /** Whether every lane returns what this instance publishes. */
  get isConnected(): boolean {
    return this.#own.every(({ isUp }) => isUp);
  }

  /** Whether a lane returns what this instance publishes. */
  isUp(lane: number): boolean {
    return this.#own[lane]?.isUp ?? false;
  }

  /** The number of other instances whose messages may be missing. */
  get silentCount(): number {
    return [...this.#others.values()].filter((missed) => missed.some((beats) => beats > MISSED_UNTIL_DOWN)).length;
  }

  /** The subscription of the lane is new or gone, so it is down until a beat of this instance arrives. */
  reset(lane: number): void {
    this.#own[lane] = { isUp: false, missed: 0 };
    for (const missed of this.#others.values()) if ((missed[lane] ?? 0) <= MISSED_UNTIL_DOWN) missed[lane] = 0;
  }

  receivedOwn(lane: number): void {
    this.#own[lane] = { isUp: true, missed: 0 };
  }

  receivedFrom(sender: string, lane: number): void {
    const missed = this.#others.get(sender);
    if (missed) missed[lane] = 0;
    else if (this.#others.size < MAX_OTHERS) this.#others.set(sender, Array(this.#own.length).fill(0));
  }

  /** The other instance has stopped, so it publishes nothing that could be missing. */
  stopped(sender: string): void {
    this.#others.delete(sender);
  }

  #isAnswered(lane: number): boolean {
    return this.isUp(lane) && this.#own[lane]?.missed === 0;
  }

  /**
   * Counts one beat. A lane that is busy with subscriptions of this instance may be late, and as late as it needs while it is down.
   *
   * @returns the lanes from which no beat of this instance has arrived for too long; they are down.
   */
  tick(isBusy: (lane: number) => boolean = () => false): number[] {
    for (const [sender, missed] of this.#others) {
      // While own beats are missing, too, the fault may be here.
      for (const lane of missed.keys()) if (this.#isAnswered(lane)) missed[lane] = (missed[lane] ?? 0) + 1;
      if (missed.some((beats) => beats >= FORGET_AFTER_BEATS)) this.#others.delete(sender);
    }
    const lost: number[] = [];
    for (const [lane, own] of this.#own.entries()) {
      const busy = isBusy(lane);
      if (own.missed >= (busy ? MISSED_UNTIL_DOWN_WHILE_BUSY : MISSED_UNTIL_DOWN)) {
        this.reset(lane);
        lost.push(lane);
      } else if (own.isUp || !busy) own.missed += 1;
    }
    return lost;
  }
}
