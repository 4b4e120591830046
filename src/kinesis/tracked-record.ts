/** A record of a shard in progress, until it is acked. */
import type { TrackedPosition } from '../progress.js';
import type { StreamRecord } from '../record.js';
import type { Tally } from '../tally.js';

/** No closure per object: with small records, many thousands wait for their ack. */
export class TrackedRecord implements StreamRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly data: Uint8Array;
  readonly readMs: number;
  readonly arrivalMs: number | undefined;
  /** Undefined once it is acked. */
  #position: TrackedPosition | undefined;
  readonly #acked: (record: StreamRecord) => void;

  /**
   * @param position acked with the record
   * @param acked called before the position is acked
   */
  constructor(
    shardId: string,
    sequenceNumber: string,
    data: Uint8Array,
    readMs: number,
    arrivalMs: number | undefined,
    position: TrackedPosition,
    acked: (record: StreamRecord) => void,
  ) {
    this.shardId = shardId;
    this.sequenceNumber = sequenceNumber;
    this.data = data;
    this.readMs = readMs;
    this.arrivalMs = arrivalMs;
    this.#position = position;
    this.#acked = acked;
  }

  ack(tally?: Tally): void {
    const position = this.#position;
    if (!position) return;
    this.#position = undefined;
    this.#acked(this);
    position.ack(tally);
  }
}
