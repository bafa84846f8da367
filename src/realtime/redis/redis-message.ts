import type { Change } from '../bus.js';

/** `<sender>` or `<sender> <version>`. Instances of earlier versions send only the sender. */
export function encodeMessage({ from, version }: { from: string; version: number | undefined }): string {
  return version === undefined ? from : `${from} ${version}`;
}

const MESSAGE = /^(?<from>\S+) (?<version>\d{1,10})$/;

/**
 * A message never contains a state, because anyone who can write to Redis could send one. A message with an unknown
 * form wakes the subscribers like one without a version.
 */
export function decodeMessage(message: string): { from: string; change: Omit<Change, 'state'> | undefined } {
  const { from, version } = MESSAGE.exec(message)?.groups ?? {};
  return from === undefined ? { from: message, change: undefined } : { from, change: { version: Number(version) } };
}

/** A sender is a UUID. */
const MAX_HEARTBEAT_LENGTH = 64;

/** `stop` is the last one of an instance. */
export type HeartbeatKind = 'beat' | 'stop';

/** `<sender> beat` or `<sender> stop`. */
export const encodeHeartbeat = (from: string, kind: HeartbeatKind): string => `${from} ${kind}`;

/** A message with an unknown form counts as a heartbeat. */
export function decodeHeartbeat(message: string): { from: string; kind: HeartbeatKind } {
  const [from = '', kind] = message.slice(0, MAX_HEARTBEAT_LENGTH).split(' ');
  return { from, kind: kind === 'stop' ? 'stop' : 'beat' };
}
