/**
 * Formats as AWS tells them, by log group. A group is looked up before its first line is parsed, and again when a line fits
 * none of its formats, at most once a minute: a new flow log has no lines before its first interval of a minute is over, so
 * no look-up of the last minute has missed it. What was found once stays, since old lines may still be in the stream.
 *
 * Where AWS may not be asked, and for groups of another account, the formats are those of the settings and the default
 * ones, which is told once.
 */
import { backoffMs } from '../backoff.js';
import type { Clock } from '../clock.js';
import { describeError, type ReportFault, type ReportRecovery } from '../faults.js';
import { createFormatList, type FormatList, type FormatRule } from './format-list.js';
import type { FormatSource, KnownFormats, LogLines } from './format-source.js';
import { parseFlowLog } from './parse.js';

/**
 * The formats of the flow logs that write to a group, as AWS writes them, none when there are no such flow logs; or why AWS
 * does not tell, where waiting does not mend it. Rejects for a fault that passes.
 */
export type LookUpFormats = (
  logGroup: string,
  signal: AbortSignal,
) => Promise<{ readonly formats: readonly string[] } | { readonly refused: string }>;

export interface AutoFormatsOptions {
  readonly lookUp: LookUpFormats;
  /** Of the settings: they come before what is found. */
  readonly rules: readonly FormatRule[];
  /** The account that is asked; undefined while it is not known, and then every group is looked up. */
  readonly account: () => string | undefined;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly random: () => number;
  /** Stops every wait. */
  readonly signal: AbortSignal;
  /** Settings and AWS do not go together as somebody may expect. Told once for each text. */
  readonly onAdvice: (message: string) => void;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

/** Least time between two look-ups of a group. */
const lookUpMs = 60_000;
const retry = { baseMs: 1_000, maxMs: 30_000 };
/** Texts of advice that are remembered, so that groups without end do not fill the memory. */
const maxTold = 1000;

interface Group {
  readonly texts: readonly string[];
  readonly list: FormatList;
  readonly atMs: number;
}

/** @throws TypeError for rules that hold a fault; settings are checked before. */
export function createAutoFormats(options: AutoFormatsOptions): FormatSource {
  return new AutoFormats(options);
}

class AutoFormats implements FormatSource {
  readonly #options: AutoFormatsOptions;
  readonly #known: FormatList;
  readonly #pins = new WeakMap<object, KnownFormats>();
  /** Replaced whenever something is found. */
  #groups: ReadonlyMap<string, Group> = new Map();
  #current: KnownFormats;
  readonly #running = new Map<string, Promise<void>>();
  readonly #told = new Set<string>();

  constructor(options: AutoFormatsOptions) {
    this.#options = options;
    this.#known = toList(options.rules);
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

  settle(lines: readonly LogLines[]): Promise<void> | undefined {
    const groups = new Set(lines.filter((some) => this.#isLookedUp(some)).map(({ logGroup }) => logGroup));
    return groups.size === 0 ? undefined : this.#lookUpAll(groups);
  }

  isDue({ owner, logGroup }: Pick<LogLines, 'owner' | 'logGroup'>): boolean {
    // A payload without a group is none of CloudWatch Logs.
    if (logGroup === '' || this.#isForeign(owner)) return false;
    const group = this.#groups.get(logGroup);
    return !group || this.#options.clock.monotonic() - group.atMs >= lookUpMs;
  }

  /** For the first lines of a group, and later for a line that fits no format. */
  #isLookedUp(lines: LogLines): boolean {
    const { owner, logGroup, logStream, events } = lines;
    if (logGroup !== '' && this.#isForeign(owner)) this.#advise(this.#describeForeign(owner, logGroup));
    if (!this.isDue(lines)) return false;
    const group = this.#groups.get(logGroup);
    if (!group) return true;
    const formats = group.list.select(logGroup, logStream);
    return events.some(({ message }) => 'reason' in parseFlowLog(message, formats));
  }

  #isForeign(owner: string): boolean {
    const account = this.#options.account();
    return account !== undefined && /^\d{12}$/.test(owner) && owner !== account;
  }

  #describeForeign(owner: string, logGroup: string): string {
    return `Log group "${logGroup}" belongs to account ${owner}, not to ${this.#options.account()}, so its formats are not looked up; give those that are not AWS' default in input.formats, as ["auto", { "logGroup": "${logGroup}", "format": "..." }]`;
  }

  async #lookUpAll(logGroups: Iterable<string>): Promise<void> {
    for (const logGroup of logGroups) {
      let running = this.#running.get(logGroup);
      if (!running) {
        running = this.#lookUp(logGroup).finally(() => this.#running.delete(logGroup));
        this.#running.set(logGroup, running);
      }
      await running;
      if (this.#options.signal.aborted) throw new Error('Stopped before the formats of the lines were known');
    }
  }

  /**
   * The first time, a fault is waited out: without formats, all lines of the group would be read wrongly. Later it is not:
   * one odd line must not stop a stream whose formats are known.
   */
  async #lookUp(logGroup: string): Promise<void> {
    const { lookUp, signal, clock, random, onFault, onRecovery } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const found = await lookUp(logGroup, signal);
        if ('refused' in found) this.#advise(found.refused);
        if (attempt > 1) onRecovery({ stage: 'decode' });
        return this.#add(logGroup, 'formats' in found ? found.formats : []);
      } catch (error) {
        if (signal.aborted) return;
        const wait = this.#groups.has(logGroup) ? {} : { retryMs: backoffMs(attempt, retry, random()) };
        const held = wait.retryMs === undefined ? '' : heldAdvice;
        const message = `The formats of log group "${logGroup}" could not be looked up${held}: ${describeError(error)}`;
        onFault({ stage: 'decode', code: 'formats-not-found', message, attempt, ...wait, cause: error });
        if (wait.retryMs === undefined) return this.#add(logGroup, []);
        await clock.sleep(wait.retryMs, signal);
      }
    }
  }

  #add(logGroup: string, found: readonly string[]): void {
    const texts = [...new Set([...found, ...(this.#groups.get(logGroup)?.texts ?? [])])];
    const good = texts.filter((format) => this.#isFormat(logGroup, format));
    const list = toList([...this.#options.rules, ...good.map((format) => ({ format }))]);
    for (const message of list.ambiguous) {
      if (!this.#known.ambiguous.includes(message)) this.#advise(`Log group "${logGroup}": ${message}`);
    }
    const group = { texts: good, list, atMs: this.#options.clock.monotonic() };
    this.#groups = new Map([...this.#groups, [logGroup, group]]);
    this.#current = this.#toKnown(this.#groups);
  }

  #toKnown(groups: ReadonlyMap<string, Group>): KnownFormats {
    return {
      select: (logGroup, logStream, owner = '') => {
        const list = this.#isForeign(owner) ? this.#known : (groups.get(logGroup)?.list ?? this.#known);
        return list.select(logGroup, logStream);
      },
      knows: (logGroup, owner = '') => {
        if (!this.#isForeign(owner)) return logGroup === '' || groups.has(logGroup);
        return this.#told.size >= maxTold || this.#told.has(this.#describeForeign(owner, logGroup));
      },
    };
  }

  #isFormat(logGroup: string, format: string): boolean {
    const list = createFormatList([{ format }]);
    if (!('faults' in list)) return true;
    const faults = list.faults.map(({ fault }) => fault).join('; ');
    this.#advise(`A flow log of log group "${logGroup}" has a format that cannot be used: ${faults}`);
    return false;
  }

  #advise(message: string): void {
    if (this.#told.has(message) || this.#told.size >= maxTold) return;
    this.#told.add(message);
    this.#options.onAdvice(message);
  }
}

/** Lines that are read by the wrong format cannot be told from others afterwards, so they wait. */
const heldAdvice =
  ', and its lines are held until they are; check the network and input.ec2Endpoint, or give the formats in input.formats';

function toList(rules: readonly FormatRule[]): FormatList {
  const list = createFormatList(rules);
  if ('faults' in list) throw new TypeError(list.faults.map(({ fault }) => fault).join('; '));
  return list;
}
