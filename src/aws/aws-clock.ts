/**
 * The clock of AWS, as the `Date` header of its responses shows it: an offset to the monotonic clock of this machine. A wrong
 * local clock, or one that is set while the program runs, then changes no decision about age, retention or loss.
 *
 * A response bounds the offset from both sides: AWS wrote its `Date`, in whole seconds, after the request was sent and before
 * the response arrived. The bounds of all responses are intersected, so a slow response adds little and does no harm.
 */
import type { Clock } from '../clock.js';

/** A clock whose `now` is the time of AWS. */
export interface AwsTime extends Clock {
  /** A time that the clock of AWS has certainly reached. Use it where a time too late would skip records or hide a loss. */
  nowAtLeast(): number;
}

/** When a request was sent and its response began to arrive, on the monotonic clock. */
export interface ResponseTimes {
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** How far the clock of AWS is ahead of the monotonic clock, in milliseconds. */
interface Offset {
  readonly least: number;
  readonly most: number;
}

/** A `Date` header has whole seconds. */
const dateStepMs = 1000;
/** A difference up to this comes from AWS servers that disagree, or from drift of this machine. */
const toleranceMs = 2000;
/**
 * After this many responses in a row that agree with each other and contradict all earlier ones, the earlier ones are dropped.
 */
const contradictionsBelieved = 3;
/** AWS rejects signatures that are further off. So without any `Date`, an error of the local clock is at most this. */
const signatureToleranceMs = 5 * 60_000;

export class AwsClock implements AwsTime {
  readonly #local: Clock;
  #offset: Offset | undefined;
  #contradiction: { readonly offset: Offset; readonly count: number } | undefined;

  constructor(local: Clock) {
    this.#local = local;
  }

  /** The local clock, kept within the bounds of the responses; before the first response, the local clock itself. */
  now(): number {
    const monotonicMs = this.#local.monotonic();
    const localMs = this.#local.now();
    if (!this.#offset) return localMs;
    const { least, most } = this.#offset;
    return monotonicMs + Math.min(Math.max(localMs - monotonicMs, least), most);
  }

  nowAtLeast(): number {
    if (!this.#offset) return this.#local.now() - signatureToleranceMs;
    return this.#local.monotonic() + this.#offset.least;
  }

  /** The least by which the local clock is ahead of AWS, negative when it is behind; 0 if unknown. */
  get localAheadMs(): number {
    return this.#local.now() - this.now();
  }

  monotonic(): number {
    return this.#local.monotonic();
  }

  offsetMinutes(atMs: number): number {
    return this.#local.offsetMinutes(atMs);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#local.sleep(ms, signal);
  }

  /** @param date the `Date` header of a response; ignored if it is missing or not an HTTP date */
  observe(date: string | undefined, { sentMs, receivedMs }: ResponseTimes): void {
    const dateMs = date?.endsWith(' GMT') ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(dateMs)) return;
    this.#learn({ least: dateMs - receivedMs, most: dateMs + dateStepMs - sentMs });
  }

  #learn(seen: Offset): void {
    const known = this.#offset;
    if (!known || distance(known, seen) <= toleranceMs) {
      this.#offset = known && distance(known, seen) <= 0 ? intersect(known, seen) : seen;
      this.#contradiction = undefined;
      return;
    }
    // Either this response is wrong, or the monotonic clock stopped, as in a machine that was suspended.
    const earlier = this.#contradiction;
    const agrees = earlier && distance(earlier.offset, seen) <= toleranceMs;
    const count = agrees ? earlier.count + 1 : 1;
    this.#contradiction = count < contradictionsBelieved ? { offset: seen, count } : undefined;
    if (count >= contradictionsBelieved) this.#offset = seen;
  }
}

/** The gap between two ranges; zero or less if they overlap. */
function distance(one: Offset, other: Offset): number {
  return Math.max(one.least, other.least) - Math.min(one.most, other.most);
}

function intersect(one: Offset, other: Offset): Offset {
  return { least: Math.max(one.least, other.least), most: Math.min(one.most, other.most) };
}
