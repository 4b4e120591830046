/**
 * Formats by log group, as AWS lists them. All are listed before the first line is parsed. They are listed again if a log group
 * is missing or a line fits none of its formats, at most once a minute. A new flow log has no lines before its first interval
 * of a minute is over, so a listing of the last minute cannot have missed it. The content of lines therefore decides neither
 * how often AWS is called nor what is remembered. A format that was found once is kept, since old lines may still be in the
 * stream.
 *
 * If AWS does not allow the call, and for groups of another account, the formats are those of the settings and the default
 * ones. This is reported once.
 */
import { describeError } from '../faults.js';
import { type Context, type Failure, retry } from '../retry.js';
import { type FormatList, type FormatRule, toFormatList } from './format-list.js';
import type { FormatSource, KnownFormats, LogLines } from './format-source.js';
import { type GroupFormats, mergeFormats } from './group-formats.js';
import { parseFlowLog } from './parse.js';

/**
 * The formats of all flow logs that write to log groups, by log group and in the syntax of AWS; or the reason why AWS does not
 * list them, if waiting does not fix it. Rejects for a temporary fault.
 */
export type LookUpFormats = (
  signal: AbortSignal,
) => Promise<{ readonly formats: ReadonlyMap<string, readonly string[]> } | { readonly refused: string }>;

export interface AutoFormatsOptions extends Context {
  readonly lookUp: LookUpFormats;
  /** The rules of the settings, which precede the formats that are found. */
  readonly rules: readonly FormatRule[];
  /** The account that is queried; undefined while unknown, when every group counts as its own. */
  readonly account: () => string | undefined;
  /** The settings and AWS may not match as the operator expects. Called once for each text. */
  readonly onAdvice: (message: string) => void;
}

/** Minimum time between two listings. */
const lookUpMs = 60_000;
const backoff = { baseMs: 1_000, maxMs: 30_000 };
/** Most texts of advice, which are remembered to give each once: a sender may make up the names in them. */
const maxAdvised = 100;
/** Most log groups to remember that AWS does not list, or no longer lists: a sender may make up their names too. */
const maxUnlisted = 1000;

/** @throws TypeError for invalid rules; settings are checked before */
export function createAutoFormats(options: AutoFormatsOptions): FormatSource {
  return new AutoFormats(options);
}

class AutoFormats implements FormatSource {
  readonly #options: AutoFormatsOptions;
  readonly #known: FormatList;
  readonly #pins = new WeakMap<object, KnownFormats>();
  /** Log groups that AWS lists or has listed. Replaced at each listing. */
  #groups: ReadonlyMap<string, GroupFormats> = new Map();
  /** Log groups whose lines arrived but which no listing contained. The latest come last. */
  readonly #unlisted = new Set<string>();
  #current: KnownFormats;
  /** When AWS last answered, and when it was last called. */
  #listedMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  /** Resolves with whether AWS answered. */
  #running: Promise<boolean> | undefined;
  readonly #advised = new Set<string>();

  constructor(options: AutoFormatsOptions) {
    this.#options = options;
    this.#known = toFormatList(options.rules);
    this.#current = this.#toKnown(this.#groups);
  }

  get current(): KnownFormats {
    return this.#current;
  }

  get ambiguous(): readonly string[] {
    return this.#known.ambiguous;
  }

  pin(record: object): KnownFormats {
    const pinned = this.#pins.get(record) ?? this.#current;
    this.#pins.set(record, pinned);
    return pinned;
  }

  pinned(record: object): KnownFormats | undefined {
    return this.#pins.get(record);
  }

  prepare(lines: readonly LogLines[]): Promise<void> | undefined {
    const due = lines.filter((some) => this.#isLookedUp(some)).map(({ logGroup }) => logGroup);
    return due.length === 0 ? undefined : this.#list([...new Set(due)]);
  }

  isDue({ owner, logGroup }: Pick<LogLines, 'owner' | 'logGroup'>): boolean {
    // CloudWatch Logs never sends a payload without a group.
    if (logGroup === '' || this.#isForeign(owner) || this.#isRecent(this.#listedMs)) return false;
    return this.#isNew(logGroup) || !this.#isRecent(this.#askedMs);
  }

  /** For the first lines of a group, and later for a line that fits no format. */
  #isLookedUp(lines: LogLines): boolean {
    const { owner, logGroup, logStream, events } = lines;
    if (logGroup !== '' && this.#isForeign(owner)) this.#advise(this.#describeForeign(owner, logGroup));
    if (!this.isDue(lines)) return false;
    if (this.#isNew(logGroup)) return true;
    const group = this.#groups.get(logGroup);
    if (!group) return true;
    const formats = group.list.select(logGroup, logStream);
    return events.some(({ message }) => 'reason' in parseFlowLog(message, formats));
  }

  #isRecent(atMs: number): boolean {
    return this.#options.clock.monotonic() - atMs < lookUpMs;
  }

  #isNew(logGroup: string): boolean {
    return !this.#groups.has(logGroup) && !this.#unlisted.has(logGroup);
  }

  #isForeign(owner: string): boolean {
    const account = this.#options.account();
    return account !== undefined && /^\d{12}$/.test(owner) && owner !== account;
  }

  #describeForeign(owner: string, logGroup: string): string {
    return `Log group "${logGroup}" belongs to account ${owner}, not to ${this.#options.account()}, so its formats are not looked up; give those that are not AWS' default in input.formats, as ["auto", { "logGroup": "${logGroup}", "format": "..." }]`;
  }

  /**
   * For a log group that is new, a fault is waited out: without formats, all of its lines would be read wrongly. For the
   * others it is not: one odd line must not stop a stream whose formats are known.
   */
  async #list(logGroups: readonly string[]): Promise<void> {
    const isHeld = logGroups.some((logGroup) => this.#isNew(logGroup));
    let isListed = false;
    do {
      this.#running ??= this.#lookUp(isHeld).finally(() => {
        this.#running = undefined;
      });
      isListed = await this.#running;
      if (this.#options.signal.aborted) throw new Error('Stopped before the formats of the lines were known');
    } while (isHeld && !isListed);
    for (const logGroup of logGroups) if (!this.#groups.has(logGroup)) this.#rememberUnlisted(logGroup);
  }

  #rememberUnlisted(logGroup: string): void {
    this.#unlisted.delete(logGroup);
    this.#unlisted.add(logGroup);
    const [oldest] = this.#unlisted;
    if (this.#unlisted.size > maxUnlisted && oldest !== undefined) this.#unlisted.delete(oldest);
  }

  async #lookUp(isHeld: boolean): Promise<boolean> {
    const ask = () => this.#ask();
    if (isHeld) return (await retry(ask, (error) => toFailure(error, heldAdvice), this.#options)) ?? false;
    try {
      return await ask();
    } catch (error) {
      const { backoff: _, ...fault } = toFailure(error, '');
      if (!this.#options.signal.aborted) this.#options.onFault({ ...fault, attempt: 1 });
      return false;
    }
  }

  async #ask(): Promise<true> {
    const { lookUp, signal, clock } = this.#options;
    this.#askedMs = clock.monotonic();
    const found = await lookUp(signal);
    this.#listedMs = clock.monotonic();
    if ('refused' in found) this.#advise(found.refused);
    else this.#add(found.formats);
    return true;
  }

  #add(found: ReadonlyMap<string, readonly string[]>): void {
    const { rules } = this.#options;
    const onAdvice = (message: string) => this.#advise(message);
    this.#groups = mergeFormats(this.#groups, found, { rules, ambiguous: this.ambiguous, maxUnlisted, onAdvice });
    this.#current = this.#toKnown(this.#groups);
  }

  #toKnown(groups: ReadonlyMap<string, GroupFormats>): KnownFormats {
    return {
      select: (logGroup, logStream, owner = '') => {
        const list = this.#isForeign(owner) ? this.#known : (groups.get(logGroup)?.list ?? this.#known);
        return list.select(logGroup, logStream);
      },
      knows: (logGroup, owner = '') => {
        if (!this.#isForeign(owner)) return logGroup === '' || groups.has(logGroup) || this.#isRecent(this.#listedMs);
        return this.#advised.size >= maxAdvised || this.#advised.has(this.#describeForeign(owner, logGroup));
      },
    };
  }

  #advise(message: string): void {
    if (this.#advised.has(message) || this.#advised.size >= maxAdvised) return;
    this.#advised.add(message);
    this.#options.onAdvice(message);
  }
}

/** Lines that were parsed with the wrong format cannot be identified afterwards, so they wait. */
const heldAdvice =
  ', and the lines of a new one are held until they are; check the network and input.ec2Endpoint, or give the formats in input.formats';

function toFailure(error: unknown, advice: string): Failure {
  const message = `The formats of the log groups could not be looked up${advice}: ${describeError(error)}`;
  return { stage: 'decode', code: 'formats-not-found', message, cause: error, backoff };
}
