/** Emits the events of a plugin, which never logs by itself, and limits how often the same condition is reported. */
import { EventEmitter } from 'node:events';
import { type Clock, systemClock } from '../clock.js';
import { type Fault, throwLater } from '../faults.js';
import { findNearest } from '../nearest.js';
import type { PluginEvents } from './plugin-events.js';
import { formatRepeats, RepeatLimiter } from './repeat-limiter.js';
import type { FaultInForce } from './snapshot.js';

const maxInForce = 1000;

const eventNames = Object.keys({
  fault: true,
  recovered: true,
  'shard-started': true,
  'shard-ended': true,
  'shard-released': true,
  'data-loss': true,
  'gap-healed': true,
  stalled: true,
  failed: true,
  'skip-data': true,
  unparsed: true,
  'dead-letter': true,
  unreadable: true,
  filtered: true,
  advice: true,
  'output-closed': true,
} satisfies Record<keyof PluginEvents, true>);

/** A listener that throws is a fault of the host: it is reported as one, and does not disturb the plugin. */
export class PluginEmitter extends EventEmitter<PluginEvents> {
  readonly #faults: RepeatLimiter;
  readonly #advices: RepeatLimiter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By place: reported faults that have not recovered yet, the longest first. */
  readonly #inForce = new Map<string, FaultInForce & { readonly sinceMs: number }>();

  constructor(clock: Pick<Clock, 'monotonic'> = systemClock) {
    super();
    this.#clock = clock;
    this.#faults = new RepeatLimiter(() => clock.monotonic());
    this.#advices = new RepeatLimiter(() => clock.monotonic());
  }

  reportFault(fault: Fault): void {
    const place = toPlace(fault);
    const count = this.#faults.take(place + fault.code, fault.message);
    if (count === undefined) return;
    this.#noteInForce(place, fault);
    this.emit('fault', { ...fault, message: formatRepeats(fault.message, count), count });
  }

  reportRecovery(what: PluginEvents['recovered'][0]): void {
    const place = toPlace(what);
    this.#faults.renew(place);
    if (this.#inForce.delete(place)) this.emit('recovered', what);
  }

  /** Reported faults of stages and shards that have not recovered yet, each with its latest message. */
  get faultsInForce(): readonly FaultInForce[] {
    const nowMs = this.#clock.monotonic();
    return [...this.#inForce.values()].map(({ sinceMs, ...fault }) => ({ ...fault, ageMs: nowMs - sinceMs }));
  }

  /** Shards that the stream no longer has do not recover, so their number is limited. */
  #noteInForce(place: string, { stage, shardId, code, message }: Fault): void {
    const sinceMs = this.#inForce.get(place)?.sinceMs ?? this.#clock.monotonic();
    const [longest] = this.#inForce.keys();
    if (this.#inForce.size >= maxInForce && longest !== undefined && !this.#inForce.has(place))
      this.#inForce.delete(longest);
    this.#inForce.set(place, { stage, shardId, code, message, ageMs: 0, sinceMs });
  }

  /** For advice that records can cause: a sender that makes up log groups causes at most four events a minute. */
  reportAdvice(message: string): void {
    const count = this.#advices.take('advice', message);
    if (count !== undefined) this.emit('advice', { message: formatRepeats(message, count) });
  }

  /** @throws TypeError for an unknown event, whose listener would never be called */
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
      throwLater(error);
      return true;
    }
  }
}

function toPlace({ stage, shardId = '' }: Pick<Fault, 'stage' | 'shardId'>): string {
  return `${stage} ${shardId} `;
}
