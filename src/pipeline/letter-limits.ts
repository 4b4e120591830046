/**
 * How much of the dead-letter file one log group may take, and how fast, so that one source cannot fill the file that all
 * shards share. Records without a log group count as one source. Counts start with the program, or with a new file.
 */
import { countLetterBytes, type DeadLetter } from './dead-letter-file.js';

export interface LetterLimitsOptions {
  /** For one log group; its first letters are accepted whatever their size. */
  readonly maxBytes: number;
  /** For one log group; the first letters of a minute are accepted whatever their size. */
  readonly maxBytesPerMinute: number;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
}

interface Share {
  bytes: number;
  minute: number;
  minuteBytes: number;
}

const minuteMs = 60_000;
/** Further log groups count as one: a sender to the stream can make up names. */
const maxShares = 1000;
const others = '';

export class LetterLimits {
  readonly #options: LetterLimitsOptions;
  readonly #shares = new Map<string, Share>();

  constructor(options: LetterLimitsOptions) {
    this.#options = options;
  }

  /** The reason why the letters may not be written now; undefined if they may. */
  findFault(letters: readonly DeadLetter[]): string | undefined {
    const { maxBytes, maxBytesPerMinute } = this.#options;
    for (const [source, bytes] of sumBytes(letters)) {
      const share = this.#find(source);
      const name = source === others ? 'records that name no log group' : `log group "${source}"`;
      if (share.bytes > 0 && share.bytes + bytes > maxBytes) {
        return `${name} would take more than deadLetter.maxLogGroupPercent, ${maxBytes} bytes; replay the file or move it away`;
      }
      if (share.minuteBytes > 0 && share.minuteBytes + bytes > maxBytesPerMinute) {
        return `${name} would take more than deadLetter.maxBytesPerMinute, ${maxBytesPerMinute}; the shard continues in a minute`;
      }
    }
    return undefined;
  }

  add(letters: readonly DeadLetter[]): void {
    for (const [source, bytes] of sumBytes(letters)) {
      const share = this.#find(source);
      share.bytes += bytes;
      share.minuteBytes += bytes;
    }
  }

  /** The file starts again from empty. */
  clear(): void {
    for (const share of this.#shares.values()) share.bytes = 0;
  }

  #find(source: string): Share {
    const minute = Math.floor(this.#options.now() / minuteMs);
    const known = this.#shares.get(source);
    if (!known && this.#shares.size >= maxShares && source !== others) return this.#find(others);
    const share = known ?? { bytes: 0, minute, minuteBytes: 0 };
    if (!known) this.#shares.set(source, share);
    if (share.minute !== minute) {
      share.minute = minute;
      share.minuteBytes = 0;
    }
    return share;
  }
}

function sumBytes(letters: readonly DeadLetter[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const letter of letters) {
    const { logGroup = others } = letter;
    sums.set(logGroup, (sums.get(logGroup) ?? 0) + countLetterBytes(letter));
  }
  return sums;
}
