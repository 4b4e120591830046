/**
 * Pages through a range of the events of a log group, in the order of their times. A fault costs time but never loses the
 * position. An event is taken once, however often AWS returns it.
 */
import type { AwsError } from '../aws/error.js';
import { repeatedToken, TokenWatch } from '../aws/pages.js';
import { EventIds } from '../event-ids.js';
import { type LogRange, type RangePosition, startOf } from '../log-range.js';
import { Attempts, type Context } from '../retry.js';
import type { EventsPage, FetchedEvent, LogsApi } from './api.js';
import { toLogsError } from './logs-error.js';
import { backoffAfter, type Pace } from './pace.js';

export interface RangePagesOptions extends Context {
  readonly api: LogsApi;
  readonly range: LogRange;
  /** Where to continue; defaults to the beginning. */
  readonly position?: RangePosition | undefined;
  /** Called for each page once it is taken. */
  readonly onPage: (page: RangePage) => void;
  readonly pace: Pace;
  /**
   * Takes the new events of a page; the next page follows when it resolves with true.
   *
   * @param behind the position after the page
   */
  readonly take: (events: readonly FetchedEvent[], behind: RangePosition) => Promise<boolean>;
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

/**
 * Resolves with true at the end of the range, with false if the signal aborted. Rejects with an `AwsError` for a fault that
 * waiting does not fix.
 */
export function readRangePages(options: RangePagesOptions): Promise<boolean> {
  return new RangePages(options).run();
}

class RangePages {
  readonly #options: RangePagesOptions;
  readonly #ids = new EventIds(rememberedIds);
  readonly #asking: Attempts;
  #tokens = new TokenWatch();
  /** Pages since the last new event, or since reading restarted by time. */
  #walked = 0;
  /** The maximum of `#walked`. After a restart, reading may pass the same empty pages again, which is no progress. */
  #furthest = 0;
  /** The tokens form a cycle, and no progress was made since. */
  #isCircling = false;

  constructor(options: RangePagesOptions) {
    this.#options = options;
    this.#asking = new Attempts(options);
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
      place = isGone ? this.#restart(place) : await this.#leaveCircle(await this.#take(page, place));
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
  async #take(page: EventsPage, place: Place): Promise<Place | undefined> {
    const { range, take, onPage } = this.#options;
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
    if (await take(events, next ?? { type: 'end' })) {
      onPage({ events: events.length, repeats: asked.length - events.length, atMs, isProgress });
    }
    return next;
  }
}

function isAsked({ ingestedMs }: FetchedEvent, { ingestedFromMs, ingestedToMs }: LogRange): boolean {
  if (ingestedMs === undefined) return true;
  return ingestedMs >= (ingestedFromMs ?? 0) && ingestedMs < (ingestedToMs ?? Number.POSITIVE_INFINITY);
}
