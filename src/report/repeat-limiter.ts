/**
 * Limits how often the same thing is reported. The first of a kind is reported at once, then one a minute, with the number of
 * those since. A new text, and the first one after a recovery, do not wait. But no kind is reported more than four times a
 * minute, so that texts that keep changing cannot fill a disk.
 */
export class RepeatLimiter {
  readonly #now: () => number;
  /** Oldest first. */
  readonly #kinds = new Map<string, Kind>();

  /** @param now monotonic time in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The number of this kind since the last report, including this one; undefined if this one is not to be reported. */
  take(kind: string, text: string): number | undefined {
    const known = this.#kinds.get(kind) ?? this.#add(kind);
    const nowMs = this.#now();
    if (nowMs - known.sinceMs >= intervalMs) {
      known.sinceMs = nowMs;
      known.reported = 0;
      forgetTexts(known);
    }
    known.count++;
    // A kind may occur a hundred thousand times a second, with texts that a sender chose.
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

  /** Reports the next of the kinds with this prefix at once. */
  renew(prefix: string): void {
    for (const [kind, known] of this.#kinds) if (kind.startsWith(prefix)) forgetTexts(known);
  }

  /** Kinds with unreported occurrences, and their number. */
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
/** Streams that are resharded for years produce an unlimited number of kinds. */
const maxKinds = 1000;
/** Characters of a text that distinguish it from others. */
const maxGist = 1000;

interface Kind {
  /** When the minute began. */
  sinceMs: number;
  /** Reports in this minute. */
  reported: number;
  /** Texts that were reported in this minute, without their numbers. */
  readonly gists: Set<string>;
  /** Occurrences since the last report. */
  count: number;
  /** The last text in this minute. */
  lastText: string | undefined;
}

function forgetTexts(kind: Kind): void {
  kind.gists.clear();
  kind.lastText = undefined;
}

/** The text of a report that represents several. */
export function formatRepeats(text: string, count: number): string {
  return count > 1 ? `${text} (and ${count - 1} more since the last report)` : text;
}
