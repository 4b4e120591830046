/**
 * Remembers a bounded number of sent log events. If gaps are healed, both the stream and CloudWatch Logs may return an event.
 * An event counts as sent once its record was taken, so that a retried record is complete. Records must be processed one after
 * the other.
 *
 * A sender to the stream can choose ids. So only an event with the same id, time and message is a repeat: a made-up event with
 * the id of another does not replace it.
 */
import type { EnvelopeSource, LogEvent } from '../envelope.js';
import { EventIds } from '../event-ids.js';
import { HASH_WORDS } from '../id-mixer.js';

/** Nearly all of the last half million are remembered, in 16 MiB. */
const capacity = 2 ** 19;

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
  /** Ends the attempt: from now on, its events count as sent. */
  commit(): void;
}

export class SentEvents implements Sending {
  readonly #ids = new EventIds(capacity);
  readonly #onRepeats: (events: number) => void;
  /** Hashes of the events to send. */
  #hashes = new Int32Array(64 * HASH_WORDS);
  #length = 0;
  #repeats = 0;
  #place: EnvelopeSource | undefined;
  #source = '';

  /** @param onRepeats called with the number of events that were left out of a record */
  constructor(onRepeats: (events: number) => void) {
    this.#onRepeats = onRepeats;
  }

  /** Begins an attempt, which ends the one before it. */
  begin(): Sending {
    this.restart();
    return this;
  }

  restart(): void {
    this.#length = 0;
    this.#repeats = 0;
  }

  isRepeat(place: EnvelopeSource, event: LogEvent): boolean {
    return event.id !== '' && this.#look(this.#ids.hash(this.#toSource(place), toText(event)));
  }

  isRepeatAt(place: EnvelopeSource, view: DataView, from: number, to: number): boolean {
    return this.#look(this.#ids.hashBytes(this.#toSource(place), view, from, to));
  }

  commit(): void {
    for (let at = 0; at < this.#length; at += HASH_WORDS) this.#ids.addHash(this.#hashes, at);
    if (this.#repeats > 0) this.#onRepeats(this.#repeats);
    this.restart();
  }

  #look(hash: Int32Array): boolean {
    if (this.#ids.hasHash(hash)) {
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
