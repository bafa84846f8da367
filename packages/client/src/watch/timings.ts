/** How long each part of a watch waits, in milliseconds. Only tests pass others. */
export interface WatchTimings {
  /** A transport that has delivered no status by then is blocked or buffered by a proxy. Each failure adds as much again, up to five times. */
  firstStatusWithin: number;
  /** The pause after the first failure is up to twice this; each further failure doubles it, up to twenty times this. */
  shortestPause: number;
  /** A socket that is silent for this long is sent a ping. */
  pingAfter: number;
  pongWithin: number;
  /** A stream that is silent for this long is broken: the gateway sends a ping every twelve seconds. */
  streamSilence: number;
  pollInterval: number;
  pollAnsweredWithin: number;
}

export const WATCH_TIMINGS: WatchTimings = {
  firstStatusWithin: 6_000,
  shortestPause: 250,
  pingAfter: 10_000,
  pongWithin: 5_000,
  streamSilence: 30_000,
  pollInterval: 2_000,
  pollAnsweredWithin: 10_000,
};
