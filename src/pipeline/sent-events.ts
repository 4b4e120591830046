/**
 * Remembers a bounded number of sent log events. If gaps are healed, both the stream and CloudWatch Logs may return an event.
 * An event counts as sent once its record was taken, so that a retried record is complete. Records must be processed one after
 * the other.
 *
 * While nothing is fetched, no event can be a repeat, and the records are only kept as they are. The first fetched record makes
 * this look up their events, and every event from then on, until so many were sent that no fetched one is remembered any more.
 *
 * A sender to the stream can choose ids. So only an event with the same id, time and message is a repeat: a made-up event with
 * the id of another does not replace it.
 */
import { setImmediate } from 'node:timers/promises';
import { type DecodeCaps, decodeRecord } from '../decode/decode-record.js';
import type { EnvelopeSource, LogEvent } from '../envelope.js';
import { EventIds } from '../event-ids.js';
import { HASH_WORDS } from '../id-mixer.js';
import type { StreamRecord } from '../record.js';
import { RecentRecords } from './recent-records.js';

/** Nearly all of the last half million are remembered, in 16 MiB. */
const defaultCapacity = 2 ** 19;
/** About as many events in large records of the default format; fewer in small records. */
const recentBytes = 16 * 1024 * 1024;
/** The event loop turns after this time of looking up events. */
const turnMs = 10;

/** One attempt at one record: its events are checked in order, and all except repeats are sent. */
export interface Sending {
  /** Starts again at the first event. */
  restart(): void;
  /** Whether the event was sent before. */
  isRepeat(source: EnvelopeSource, event: LogEvent): boolean;
  /**
   * Like `isRepeat`, for an event whose JSON is in memory: from its id, which is not empty, to the end of its message, without
   * an escape or a blank.
   */
  isRepeatAt(source: EnvelopeSource, view: DataView, from: number, to: number): boolean;
}

export interface SentEventsOptions {
  readonly caps: DecodeCaps;
  /** Called with the number of events that were left out of a record. */
  readonly onRepeats: (events: number) => void;
  /** Events to remember; defaults to half a million. */
  readonly capacity?: number;
}

export class SentEvents implements Sending {
  readonly #options: Required<SentEventsOptions>;
  readonly #recent = new RecentRecords(recentBytes);
  /** Undefined while no event can be a repeat. */
  #ids: EventIds | undefined;
  /** Events that may be sent until no fetched event is remembered. */
  #left = 0;
  /** Hashes of the events to send. */
  #hashes = new Int32Array(64 * HASH_WORDS);
  #length = 0;
  #repeats = 0;
  #place: EnvelopeSource | undefined;
  #source = '';

  constructor(options: SentEventsOptions) {
    this.#options = { capacity: defaultCapacity, ...options };
  }

  /** Call before a fetched record is processed. Undefined if it need not be waited for. */
  prepare({ isFetched }: StreamRecord): Promise<void> | undefined {
    return isFetched && !this.#ids ? this.#lookUpRecent() : undefined;
  }

  /** Begins an attempt, which ends the one before it. Undefined while no event can be a repeat. */
  begin(): Sending | undefined {
    this.restart();
    return this.#ids && this;
  }

  restart(): void {
    this.#length = 0;
    this.#repeats = 0;
  }

  isRepeat(place: EnvelopeSource, event: LogEvent): boolean {
    return this.#ids !== undefined && event.id !== '' && this.#look(this.#ids, this.#hash(this.#ids, place, event));
  }

  isRepeatAt(place: EnvelopeSource, view: DataView, from: number, to: number): boolean {
    const ids = this.#ids;
    return ids !== undefined && this.#look(ids, ids.hashBytes(this.#toSource(place), view, from, to));
  }

  /** Ends the attempt at the record: from now on, its events count as sent. */
  commit({ data, isFetched = false }: StreamRecord): void {
    this.#recent.add(data);
    if (!this.#ids) return;
    for (let at = 0; at < this.#length; at += HASH_WORDS) this.#ids.addHash(this.#hashes, at);
    if (this.#repeats > 0) this.#options.onRepeats(this.#repeats);
    this.#left = isFetched ? this.#options.capacity : this.#left - this.#length / HASH_WORDS;
    if (this.#left <= 0) this.#ids = undefined;
    this.restart();
  }

  async #lookUpRecent(): Promise<void> {
    const { caps, capacity } = this.#options;
    const ids = new EventIds(capacity);
    let startedMs = performance.now();
    for (const data of this.#recent) {
      for (const { events, ...place } of decodeRecord(data, caps).envelopes) {
        for (const event of events) if (event.id !== '') ids.addHash(this.#hash(ids, place, event));
      }
      if (performance.now() - startedMs < turnMs) continue;
      await setImmediate();
      startedMs = performance.now();
    }
    this.#ids = ids;
    this.#left = capacity;
  }

  #hash(ids: EventIds, place: EnvelopeSource, event: LogEvent): Int32Array {
    return ids.hash(this.#toSource(place), toText(event));
  }

  #look(ids: EventIds, hash: Int32Array): boolean {
    if (ids.hasHash(hash)) {
      this.#repeats++;
      return true;
    }
    if (this.#length === this.#hashes.length) {
      const more = new Int32Array(2 * this.#length);
      more.set(this.#hashes);
      this.#hashes = more;
    }
    for (let word = 0; word < HASH_WORDS; word++) this.#hashes[this.#length + word] = hash[word] as number;
    this.#length += HASH_WORDS;
    return false;
  }

  #toSource(place: EnvelopeSource): string {
    if (place !== this.#place) {
      this.#place = place;
      this.#source = `${place.logGroup}\n${place.logStream}`;
    }
    return this.#source;
  }
}

/** In the form of AWS' JSON, for `isRepeatAt`; quotes in an id are escaped so that it cannot imitate a message. */
function toText({ id, timestamp, message }: LogEvent): string {
  return `${JSON.stringify(id).slice(1)},"timestamp":${timestamp},"message":"${message}`;
}
