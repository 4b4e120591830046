/** A record of a shard on its way, until it is acknowledged. */
import type { StreamRecord } from '../record.js';

/** Has no closure: of small records, many thousands wait to be acknowledged. */
export class TrackedRecord implements StreamRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  readonly readMs: number;
  readonly arrivalMs: number | undefined;
  /** Undefined once it is acknowledged. */
  #track: (() => void) | undefined;
  readonly #acked: (record: StreamRecord) => void;

  /**
   * @param track moves the position on
   * @param acked told before that
   */
  constructor(
    shardId: string,
    sequenceNumber: string,
    data: Uint8Array,
    readMs: number,
    arrivalMs: number | undefined,
    track: () => void,
    acked: (record: StreamRecord) => void,
  ) {
    this.shardId = shardId;
    this.sequenceNumber = sequenceNumber;
    this.data = data;
    this.readMs = readMs;
    this.arrivalMs = arrivalMs;
    this.#track = track;
    this.#acked = acked;
  }

  ack(): void {
    const track = this.#track;
    if (!track) return;
    this.#track = undefined;
    this.#acked(this);
    track();
  }
}
