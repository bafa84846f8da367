import type { SendFailure } from '../channels/channel.js';
import type { RecentAnswer, RecentOutcome } from './recent-outcomes.js';

/** Returns a number from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** Fewer recent messages than these say little, so usual ones are mixed in. */
const ENOUGH = 20;
/** Number of the latest answers from which a refusal is drawn. */
const LATEST = 5;
/** Mean number of newer answers that are passed over, so that decoys follow a channel that becomes slower or faster. */
const PASSED_OVER = 30;
/** Standard deviation of the factor that changes a drawn time, so that no time occurs twice. */
const BLUR = 0.1;

/** Failures that concern one phone, not the channel. */
const OF_A_PHONE: ReadonlySet<SendFailure | null> = new Set(['invalid_number', 'not_on_channel', 'country_refused']);

interface Sample<Row> {
  /** Newest first. */
  recent: Row[];
  /** Assumed while there are few recent ones. */
  usual: Row[];
  /**
   * A number from 0 to 1 that is always the same for a phone. With it, a phone that a channel cannot reach stays
   * unreachable.
   */
  phone: number;
}

/** Draws the answer of a channel to a decoy from its answers to real messages. */
export function drawAnswer(
  { recent, usual, phone }: Sample<RecentAnswer>,
  random: Random,
): Omit<RecentAnswer, 'current'> {
  const [unreachable, others] = partition(recent, ({ failure }) => OF_A_PHONE.has(failure));
  const refused = isAmong(unreachable, phone * Math.max(recent.length, ENOUGH))
    ? oneOf(unreachable, random)
    : oneOf(others.filter(({ current }) => current).slice(0, LATEST), random);
  if (refused && refused.failure !== null) return { ...refused, latencyMs: blur(refused.latencyMs, random) };
  const accepted = others.filter(({ failure }) => failure === null);
  const answers = random() * ENOUGH < accepted.length ? accepted : usual;
  const passedOver = Math.floor(-PASSED_OVER * Math.log(1 - random()));
  const { latencyMs = 0 } = answers[passedOver % answers.length] ?? {};
  return { latencyMs: blur(latencyMs, random), failure: null, detail: null };
}

/** Draws the outcome of a decoy that its channel has accepted. */
export function drawOutcome({ recent, usual, phone }: Sample<RecentOutcome>, random: Random): RecentOutcome {
  const sample = random() * ENOUGH < recent.length ? recent : usual;
  // A phone that is not on the channel or is switched off stays so. Other outcomes differ from message to message.
  const [unreachable, reachable] = partition(sample, ({ failure }) => OF_A_PHONE.has(failure));
  const [silent, answering] = partition(reachable, ({ outcome }) => outcome === 'none');
  const position = phone * sample.length;
  const group = isAmong(unreachable, position)
    ? unreachable
    : isAmong(silent, position - unreachable.length)
      ? silent
      : answering;
  const drawn = oneOf(group, random) ?? { outcome: 'none', failure: null, afterMs: 0 };
  return { ...drawn, afterMs: blur(drawn.afterMs, random) };
}

const isAmong = (rows: unknown[], position: number): boolean => position < rows.length;

function partition<Row>(rows: Row[], matches: (row: Row) => boolean): [Row[], Row[]] {
  return [rows.filter(matches), rows.filter((row) => !matches(row))];
}

const oneOf = <Row>(rows: Row[], random: Random): Row | undefined => rows[Math.floor(rows.length * random())];

/** Multiplies by a log-normal factor (Box–Muller). */
function blur(ms: number, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return ms * Math.exp(BLUR * normal);
}
