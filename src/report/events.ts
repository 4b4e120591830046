/** Emits the events of a plugin, which never logs by itself, and limits how often the same condition is reported. */
import { EventEmitter } from 'node:events';
import { type Clock, systemClock } from '../clock.js';
import { type Fault, type Recovery, type ReportedFault, throwLater } from '../faults.js';
import { findNearest } from '../nearest.js';
import type { PluginEvents } from './plugin-events.js';
import { formatRepeats, RepeatLimiter } from './repeat-limiter.js';
import type { FaultInForce } from './snapshot.js';

const maxInForce = 1000;

interface InForce extends Omit<FaultInForce, 'ageMs'> {
  readonly sinceMs: number;
  /** Since when it fails with this code. */
  readonly codeSinceMs: number;
  /** Whether an event told of it. */
  readonly isReported: boolean;
}

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
  /** By place and operation: what fails and has not recovered yet, the longest first. */
  readonly #inForce = new Map<string, InForce>();

  constructor(clock: Pick<Clock, 'monotonic'> = systemClock) {
    super();
    this.#clock = clock;
    this.#faults = new RepeatLimiter(() => clock.monotonic());
    this.#advices = new RepeatLimiter(() => clock.monotonic());
    // What this process no longer reads does not recover here.
    for (const name of ['shard-ended', 'shard-released'] as const)
      this.on(name, ({ shardId }) => this.#forget(shardId));
  }

  reportFault({ operation, ...fault }: ReportedFault): void {
    const place = toPlace(fault);
    const count = this.#faults.take(place + fault.code, fault.message);
    if (operation !== undefined) this.#noteInForce(place + operation, fault, count !== undefined);
    if (count !== undefined) this.emit('fault', { ...fault, message: formatRepeats(fault.message, count), count });
  }

  /** Emits `recovered` for what was reported, unless something else of the same stage and shard still fails. */
  reportRecovery({ operation, ...what }: Recovery): void {
    const place = toPlace(what);
    this.#faults.renew(place);
    const recovered = this.#inForce.get(place + operation);
    this.#inForce.delete(place + operation);
    if (!recovered?.isReported || [...this.#inForce.values()].some((fault) => toPlace(fault) === place)) return;
    this.emit('recovered', { ...what, afterMs: this.#clock.monotonic() - recovered.sinceMs });
  }

  /** Faults that have not recovered yet, each with its latest message. What happened once is not among them. */
  get faultsInForce(): readonly FaultInForce[] {
    const nowMs = this.#clock.monotonic();
    return Array.from(this.#inForce.values(), ({ codeSinceMs, stage, shardId, code, message }) => {
      return { stage, shardId, code, message, ageMs: nowMs - codeSinceMs };
    });
  }

  /** Shards that the stream no longer has may not recover, so their number is limited. */
  #noteInForce(key: string, { stage, shardId, code, message }: Fault, isReported: boolean): void {
    const known = this.#inForce.get(key);
    const nowMs = this.#clock.monotonic();
    const [longest] = this.#inForce.keys();
    if (!known && this.#inForce.size >= maxInForce && longest !== undefined) this.#inForce.delete(longest);
    this.#inForce.set(key, {
      ...{ stage, shardId, code, message },
      sinceMs: known?.sinceMs ?? nowMs,
      codeSinceMs: known?.code === code ? known.codeSinceMs : nowMs,
      isReported: isReported || (known?.isReported ?? false),
    });
  }

  #forget(shardId: string): void {
    for (const [key, fault] of this.#inForce) if (fault.shardId === shardId) this.#inForce.delete(key);
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

function toPlace({ stage, shardId = '' }: { readonly stage: string; readonly shardId?: string | undefined }): string {
  return `${stage} ${shardId} `;
}
