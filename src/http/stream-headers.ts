/**
 * Headers of an event stream. Its events must reach the client at once: nginx would collect 4 or 8 kB of them, and a
 * proxy that compresses would wait for more.
 */
export const STREAM_HEADERS = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } as const;
