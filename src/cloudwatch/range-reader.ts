/**
 * Reads a range of the events of a log group page by page, in the order of their times, and hands them on as the records of a
 * stream. A fault costs time but never loses the position. An event is handed on once, however often AWS returns it.
 */
import { toLogGroupName } from '../aws/arn.js';
import type { AwsError } from '../aws/error.js';
import { repeatedToken, TokenWatch } from '../aws/pages.js';
import { EventIds } from '../event-ids.js';
import { describeError } from '../faults.js';
import { type LogRange, type RangePosition, startOf } from '../log-range.js';
import type { TrackedPosition } from '../progress.js';
import type { StreamRecord } from '../record.js';
import { Attempts, type Context, type Failure } from '../retry.js';
import { Tally } from '../tally.js';
import type { EventsPage, FetchedEvent, LogsApi } from './api.js';
import { toLogsError } from './logs-error.js';
import { backoffAfter, type Pace } from './pace.js';
import { type EventsPayload, type PayloadLimits, toPayloads } from './to-payloads.js';

export interface RangeReaderOptions extends Context {
  readonly api: LogsApi;
  readonly range: LogRange;
  /** Where to continue; defaults to the beginning. */
  readonly position?: RangePosition | undefined;
  /** The AWS account of the log group; empty if unknown. */
  readonly owner: string;
  readonly limits: PayloadLimits;
  /**
   * Takes a record; the next one follows when it resolves, or at once after undefined. If it rejects, the same record is handed
   * on again. Its `shardId` is the name of the log group, its `sequenceNumber` the id of its first event.
   */
  readonly handOn: (record: StreamRecord) => Promise<void> | undefined;
  /**
   * Called for each page before its records are handed on, with the position after the page and the number of its events. The
   * result is acked once all records are acked.
   */
  readonly track: (behind: RangePosition, events: number) => TrackedPosition;
  /** Called for each page once its records are handed on. */
  readonly onPage: (page: RangePage) => void;
  readonly pace: Pace;
}

export interface RangePage {
  /** Events that were handed on. */
  readonly events: number;
  /** Events that AWS returned again and that were left out. */
  readonly repeats: number;
  /** Time of the last event, or of the one before it, in milliseconds since 1970. */
  readonly atMs: number;
  /** The page made progress: it has new events, or its token is new. */
  readonly isProgress: boolean;
}

type Place = Extract<RangePosition, { type: 'at' }>;

/** AWS repeats at most a few events of the previous page; this is the number of six full pages. */
const rememberedIds = 2 ** 16;
const handOnBackoff = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Resolves with true at the end of the range, with false if the signal aborted. Rejects with an `AwsError` for a fault that
 * waiting does not fix; a later call may continue from what is acked.
 */
export function readRange(options: RangeReaderOptions): Promise<boolean> {
  return new RangeReader(options).run();
}

class RangeReader {
  readonly #options: RangeReaderOptions;
  readonly #ids = new EventIds(rememberedIds);
  readonly #asking: Attempts;
  readonly #handing: Attempts;
  #tokens = new TokenWatch();
  /** Pages since the last new event, or since reading restarted by time. */
  #walked = 0;
  /** The maximum of `#walked`. After a restart, reading may pass the same empty pages again, which is no progress. */
  #furthest = 0;
  /** The tokens form a cycle, and no progress was made since. */
  #isCircling = false;

  constructor(options: RangeReaderOptions) {
    this.#options = options;
    this.#asking = new Attempts(options);
    this.#handing = new Attempts(options);
  }

  async run(): Promise<boolean> {
    const { range, position = startOf(range), signal } = this.#options;
    if (position.type === 'end') return true;
    let place: Place | undefined = position;
    /** The token is from an earlier run: a service that no longer knows it may answer as if there were no more events. */
    let isOldToken = position.token !== undefined;
    while (place && !signal.aborted) {
      const page = await this.#fetch(place);
      if (!page) continue;
      const isGone = page === 'bad-token' || (isOldToken && page.events.length === 0 && !page.nextToken);
      isOldToken = false;
      place = isGone ? this.#restart(place) : await this.#leaveCircle(await this.#handOn(page, place));
    }
    return !signal.aborted;
  }

  /** Resolves with undefined after a fault and the wait that follows it, or when the signal aborts. */
  async #fetch({ startMs, token }: Place): Promise<EventsPage | 'bad-token' | undefined> {
    const { api, range, pace, signal } = this.#options;
    await pace.wait(signal);
    if (signal.aborted) return undefined;
    try {
      const page = await api.filterEvents(range, startMs, token, signal);
      if (!this.#isCircling) this.#asking.succeeded();
      return page;
    } catch (error) {
      if (signal.aborted) return undefined;
      const fault = toLogsError(error);
      if (fault.kind === 'bad-token' && token !== undefined) return 'bad-token';
      await this.#pauseAfter(fault);
      return undefined;
    }
  }

  async #pauseAfter(error: AwsError): Promise<void> {
    if (error.isHopeless) throw error;
    const message = `Reading of log group "${this.#options.range.logGroup}" keeps its place after ${error.message}`;
    await this.#asking.failed({
      stage: 'read',
      code: error.kind,
      message,
      cause: error,
      backoff: backoffAfter(error.kind),
    });
  }

  /** Continues by time if the tokens lead nowhere. */
  async #leaveCircle(next: Place | undefined): Promise<Place | undefined> {
    if (next?.token === undefined || !this.#tokens.isCircle) return next;
    this.#isCircling = true;
    await this.#pauseAfter(toLogsError(repeatedToken('FilterLogEvents', next.token)));
    return this.#restart(next);
  }

  /** Drops the token: the events of the last millisecond are read again, unless they were read in this run. */
  #restart({ atMs }: Place): Place {
    this.#tokens = new TokenWatch();
    this.#walked = 0;
    return { type: 'at', atMs, startMs: atMs };
  }

  #isProgress(token: string | undefined, isNew: boolean): boolean {
    if (token !== undefined && !this.#tokens.leadsOn(token, isNew)) return false;
    if (isNew || token === undefined) {
      this.#walked = 0;
      this.#furthest = 0;
      return true;
    }
    if (++this.#walked <= this.#furthest) return false;
    this.#furthest = this.#walked;
    return true;
  }

  /** Resolves with the position of the next page, or with undefined after the last one. */
  async #handOn(page: EventsPage, place: Place): Promise<Place | undefined> {
    const { range, owner, limits, track, onPage } = this.#options;
    const atMs = page.events.at(-1)?.timestamp ?? place.atMs;
    const next: Place | undefined =
      page.nextToken === undefined ? undefined : { ...place, atMs, token: page.nextToken };
    const asked = page.events.filter((event) => isAsked(event, range));
    const events = asked.filter(({ logStream, id }) => id === '' || this.#ids.add(logStream, id));
    const isProgress = this.#isProgress(page.nextToken, events.length > 0);
    if (isProgress) {
      this.#isCircling = false;
      this.#asking.succeeded();
    }
    const position = track(next ?? { type: 'end' }, events.length);
    let open = 1;
    const tally = new Tally();
    const ackPart = (part?: Tally) => {
      if (part) tally.add(part);
      if (--open === 0) position.ack(tally);
    };
    for (const payload of toPayloads(events, { owner, logGroup: toLogGroupName(range.logGroup) }, limits)) {
      open++;
      if (!(await this.#handOnUntilTaken(payload, ackPart))) return next;
    }
    ackPart();
    onPage({ events: events.length, repeats: asked.length - events.length, atMs, isProgress });
    return next;
  }

  /** Resolves with false when the signal aborted first. */
  async #handOnUntilTaken({ firstId, data }: EventsPayload, ackPart: (part?: Tally) => void): Promise<boolean> {
    const { range, clock, handOn, signal } = this.#options;
    let isAcked = false;
    const ack = (part?: Tally) => {
      if (!isAcked) ackPart(part);
      isAcked = true;
    };
    const shardId = toLogGroupName(range.logGroup);
    const record = { shardId, sequenceNumber: firstId, data, readMs: clock.now(), arrivalMs: undefined, ack };
    while (!signal.aborted) {
      try {
        await handOn(record);
        this.#handing.succeeded();
        return true;
      } catch (error) {
        if (!signal.aborted) await this.#handing.failed(notTaken(firstId, error));
      }
    }
    return false;
  }
}

function notTaken(firstId: string, error: unknown): Failure {
  const message = `Log events from "${firstId}" on were not taken and are retried: ${describeError(error)}`;
  return { stage: 'read', code: 'record-failed', message, cause: error, backoff: handOnBackoff };
}

function isAsked({ ingestedMs }: FetchedEvent, { ingestedFromMs, ingestedToMs }: LogRange): boolean {
  if (ingestedMs === undefined) return true;
  return ingestedMs >= (ingestedFromMs ?? 0) && ingestedMs < (ingestedToMs ?? Number.POSITIVE_INFINITY);
}
