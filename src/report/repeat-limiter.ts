/**
 * Limits how often the same thing is reported. Of a kind the first is reported at once, then one a minute, with the number of
 * those since. A text that says something new does not wait, nor does the first after a recovery; but a kind is reported four
 * times a minute at most, since what changes all the time must not fill a disk either.
 */
export class RepeatLimiter {
  readonly #now: () => number;
  /** Oldest first. */
  readonly #kinds = new Map<string, Kind>();

  /** @param now milliseconds that never go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many of the kind there were since one was reported, with this one; undefined when this one is not to be reported. */
  take(kind: string, text: string): number | undefined {
    const known = this.#kinds.get(kind) ?? this.#add(kind);
    const nowMs = this.#now();
    if (nowMs - known.sinceMs >= intervalMs) {
      known.sinceMs = nowMs;
      known.reported = 0;
      forgetTexts(known);
    }
    known.count++;
    // A kind may come a hundred thousand times a second, with texts that somebody else chose.
    if (known.reported >= maxReports || known.lastText === text) return undefined;
    known.lastText = text;
    const gist = text.slice(0, maxGist).replace(/\d+/g, '');
    if (known.gists.has(gist)) return undefined;
    known.gists.add(gist);
    known.reported++;
    const { count } = known;
    known.count = 0;
    return count;
  }

  /** The next of the kinds that begin so is reported at once. */
  renew(prefix: string): void {
    for (const [kind, known] of this.#kinds) if (kind.startsWith(prefix)) forgetTexts(known);
  }

  /** Kinds of which some were not reported, with their number. */
  get leftOut(): readonly (readonly [kind: string, count: number])[] {
    return [...this.#kinds].flatMap(([kind, { count }]) => (count > 0 ? [[kind, count] as const] : []));
  }

  #add(kind: string): Kind {
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size >= maxKinds && oldest !== undefined) this.#kinds.delete(oldest);
    const added: Kind = {
      sinceMs: Number.NEGATIVE_INFINITY,
      reported: 0,
      count: 0,
      lastText: undefined,
      gists: new Set<string>(),
    };
    this.#kinds.set(kind, added);
    return added;
  }
}

const intervalMs = 60_000;
const maxReports = 4;
/** Streams that are resharded for years bring new kinds without end. */
const maxKinds = 1000;
/** Characters of a text that distinguish it from others. */
const maxGist = 1000;

interface Kind {
  /** When the minute began. */
  sinceMs: number;
  /** In this minute. */
  reported: number;
  /** Of what was reported in this minute, the texts without their numbers. */
  readonly gists: Set<string>;
  /** Since one was reported. */
  count: number;
  /** That came last in this minute. */
  lastText: string | undefined;
}

function forgetTexts(kind: Kind): void {
  kind.gists.clear();
  kind.lastText = undefined;
}

/** The text of one that stands for several. */
export function formatRepeats(text: string, count: number): string {
  return count > 1 ? `${text} (and ${count - 1} more since the last report)` : text;
}
