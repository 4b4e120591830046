/**
 * What an operator may want to know as it happens. Every event is one plain object; the plugin itself never logs. Nobody
 * has to listen: without a listener an event is only counted.
 */
import { EventEmitter } from 'node:events';
import { type Clock, systemClock } from '../clock.js';
import type { Fault } from '../faults.js';
import { findNearest } from '../nearest.js';
import type { ShardPosition } from '../progress.js';
import { formatNews, NewsRation } from './repeat-limiter.js';

/** A fault that stands for those like it that were not told; its message says how many there were. */
export interface ToldFault extends Fault {
  /** Faults of this code, and shard, since one was told, with this one. */
  readonly count: number;
}

export interface PluginEvents {
  /**
   * Something went wrong and is tried again. Of a code, and shard, the first is told at once, then one a minute while it
   * lasts; sooner, up to four a minute, when the text has changed or it had recovered between. `stats()` counts each.
   */
  fault: [ToldFault];
  /** The same stage, or the same shard, works again. Told once after a fault that was told. */
  recovered: [{ readonly stage: Fault['stage']; readonly shardId?: string }];
  /** Reading of a shard began. */
  'shard-started': [{ readonly shardId: string; readonly position: ShardPosition }];
  /** A closed shard was read to its end and all of it is acknowledged. */
  'shard-ended': [{ readonly shardId: string }];
  /** Records were lost before this program could read them: AWS no longer has them. */
  'data-loss': [
    {
      readonly shardId: string;
      /** What Kinesis took between these times, in milliseconds since 1970, may be lost; undefined where unknown. */
      readonly fromMs: number | undefined;
      readonly toMs: number | undefined;
      readonly message: string;
    },
  ];
  /** What was lost is fetched from CloudWatch Logs and confirmed; only with `healGaps`. */
  'gap-healed': [
    {
      /** The shards that had lost something in this time. */
      readonly shardIds: readonly string[];
      /** Times at which Kinesis took what was lost, in milliseconds since 1970. */
      readonly fromMs: number;
      readonly toMs: number;
      /** Log events that were fetched; those that had gone out before, and were left out, are among them. */
      readonly logEvents: number;
      readonly message: string;
    },
  ];
  /** A shard has given no reply, or nothing of it was acknowledged, for longer than `stallLimitMs`. Told once a stall. */
  stalled: [{ readonly shardId: string; readonly what: 'reading' | 'acknowledging'; readonly message: string }];
  /** The plugin stopped by itself, because going on would lose or mix up records; the text says what to do. */
  failed: [{ readonly message: string }];
  /** AWS could not record flows in an interval: a line with log status SKIPDATA. */
  'skip-data': [{ readonly interfaceId: string; readonly atTime: string }];
  /** A message fitted no format. */
  unparsed: [{ readonly reason: string; readonly logGroup: string; readonly logStream: string }];
  /** A record, or a part of it, could not be used and is on disk in the dead-letter file. */
  'dead-letter': [{ readonly shardId: string; readonly sequenceNumber: string; readonly reason: string }];
  /** A host's format or level kept flow logs from every SnareTransport. */
  filtered: [{ readonly lines: number }];
  /** The settings work, but not as somebody may expect. */
  advice: [{ readonly message: string }];
  /**
   * The output is gone for good, and the plugin stops; no fault when the reader of a pipe has left, or the host has ended its
   * logger.
   */
  'output-closed': [{ readonly message: string; readonly isFault: boolean }];
}

const eventNames = Object.keys({
  fault: true,
  recovered: true,
  'shard-started': true,
  'shard-ended': true,
  'data-loss': true,
  'gap-healed': true,
  stalled: true,
  failed: true,
  'skip-data': true,
  unparsed: true,
  'dead-letter': true,
  filtered: true,
  advice: true,
  'output-closed': true,
} satisfies Record<keyof PluginEvents, true>);

/** A listener that throws is the host's fault: it shows as one, and does not reach into the plugin's work. */
export class PluginEmitter extends EventEmitter<PluginEvents> {
  readonly #faults: NewsRation;
  readonly #advices: NewsRation;
  /** Where a fault was told, and no recovery yet. */
  readonly #broken = new Set<string>();

  constructor(clock: Pick<Clock, 'monotonic'> = systemClock) {
    super();
    this.#faults = new NewsRation(() => clock.monotonic());
    this.#advices = new NewsRation(() => clock.monotonic());
  }

  reportFault(fault: Fault): void {
    const place = toPlace(fault);
    const count = this.#faults.take(place + fault.code, fault.message);
    if (count === undefined) return;
    this.#broken.add(place);
    this.emit('fault', { ...fault, message: formatNews(fault.message, count), count });
  }

  reportRecovery(what: PluginEvents['recovered'][0]): void {
    const place = toPlace(what);
    this.#faults.renew(place);
    if (this.#broken.delete(place)) this.emit('recovered', what);
  }

  /** For an advice that records can cause: whoever makes up log groups gets four events a minute at the most. */
  reportAdvice(message: string): void {
    const count = this.#advices.take('advice', message);
    if (count !== undefined) this.emit('advice', { message: formatNews(message, count) });
  }

  /** @throws TypeError for an event that there is not: nobody would ever call the listener */
  override on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): this {
    if (!eventNames.includes(name)) {
      const nearest = findNearest(String(name), eventNames);
      const hint = nearest === undefined ? `known are ${eventNames.join(', ')}` : `did you mean "${nearest}"?`;
      throw new TypeError(`There is no event "${String(name)}"; ${hint}`);
    }
    return super.on(name, listener as never);
  }

  override emit<Name extends keyof PluginEvents>(name: Name, ...event: PluginEvents[Name]): boolean {
    try {
      return super.emit(name, ...(event as never));
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
      return true;
    }
  }
}

function toPlace({ stage, shardId = '' }: Pick<Fault, 'stage' | 'shardId'>): string {
  return `${stage} ${shardId} `;
}
