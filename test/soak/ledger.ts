/**
 * The model of a soak run: which flow logs were put into which shard, which of them the receiver has, and what was checked
 * of the promises meanwhile. A broken promise is a sentence in `broken`, so that a run can go on and tell all of them.
 */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { formatCounts } from '../../src/checkpoint/ledger-counts.js';
import { readLedger } from '../../src/checkpoint/read-ledger.js';
import type { ShardCheckpoint } from '../../src/checkpoint/store.js';
import type { ShardPosition } from '../../src/shard-position.js';
import { type EventTally, emptyTally, hourMs } from '../../src/tally.js';
import { readLines, toRecord, toSubscriptionRecord } from '../end-to-end/flow-logs.js';
import type { FakeKinesis } from '../fakes/fake-kinesis.js';
import type { FakeShard } from '../fakes/fake-kinesis-stream.js';

interface PutRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Flow logs of it that the receiver does not have. */
  missing: number;
}

export class Ledger {
  readonly broken: string[] = [];
  /** Lines that came once more. */
  twice = 0;
  /** The events are of this hour and the two before it. */
  readonly #hour = Math.floor(Date.now() / hourMs);
  readonly #kinesis: FakeKinesis;
  readonly #stream: string;
  /** By the number of a flow log. */
  readonly #recordOf: PutRecord[] = [];
  /** Sequence numbers of the records with an event that matches no format. */
  readonly #unparsed: string[] = [];
  readonly #byShard = new Map<string, PutRecord[]>();
  readonly #arrived = new Set<number>();
  readonly #begun = new Set<string>();
  #linesSeen = 0;
  #checkpoint: ReadonlyMap<string, ShardCheckpoint> = new Map();

  constructor(kinesis: FakeKinesis, stream: string) {
    this.#kinesis = kinesis;
    this.#stream = stream;
  }

  /** Flow logs that were put. */
  get count(): number {
    return this.#recordOf.length;
  }

  /** Log events that were put and match no format. */
  get unparsed(): number {
    return this.#unparsed.length;
  }

  /** Numbers of the flow logs that the receiver does not have. */
  get missing(): readonly number[] {
    return [...this.#recordOf.keys()].filter((number) => !this.#arrived.has(number));
  }

  get isComplete(): boolean {
    return this.#arrived.size === this.count;
  }

  /** What the program's own ledger beside the checkpoint has to be, once everything is confirmed. */
  async checkOwnLedger(checkpointPath: string): Promise<void> {
    const { counts } = await readLedger(checkpointPath, async () => []);
    const truth = new Map<number, EventTally>();
    const tallyOf = (number: number): EventTally => {
      const hour = this.#hourOf(number);
      const tally = truth.get(hour) ?? emptyTally();
      truth.set(hour, tally);
      return tally;
    };
    for (let number = 0; number < this.count; number++) tallyOf(number).events++;
    for (let number = 0; number < this.unparsed; number++) {
      const tally = tallyOf(number);
      tally.events++;
      tally.unparsed++;
      tally.deadLettered++;
    }
    const own = new Map([...counts.places.values()].flatMap(({ hours }) => [...hours]));
    for (const [hour, tally] of truth) {
      const counted = own.get(hour);
      if (isDeepStrictEqual(counted, tally)) continue;
      this.broken.push(`The ledger has ${JSON.stringify(counted)} of hour ${hour}, not ${JSON.stringify(tally)}`);
    }
    if (own.size > truth.size || counts.places.size > 1 || counts.outside.events > 0 || counts.other.size > 0)
      this.broken.push(`The ledger has what was never put: ${JSON.stringify(formatCounts(counts))}`);
  }

  /** Every event that matches no format has to be in this file, once everything is confirmed. */
  async checkDeadLetters(path: string): Promise<void> {
    const letters = await readFile(path, 'utf8');
    const lost = this.#unparsed.filter((sequenceNumber) => !letters.includes(`"${sequenceNumber}"`));
    if (lost.length > 0) this.broken.push(`The dead-letter file lacks ${lost.length} of ${this.unparsed} records`);
  }

  /** Puts one record with so many flow logs. */
  put(shardId: string, flowLogs: number): void {
    const timeOf = (number: number) => this.#hourOf(number) * hourMs;
    const { data } = toRecord(shardId.slice(-4), this.count, this.count + flowLogs, timeOf);
    const { sequenceNumber } = this.#kinesis.putTo(this.#stream, shardId, data);
    const record = { shardId, sequenceNumber, missing: flowLogs };
    for (let i = 0; i < flowLogs; i++) this.#recordOf.push(record);
    this.#byShard.set(shardId, [...this.#recordsOf(shardId), record]);
  }

  /** Puts one record with one log event that matches no format, of the same log group. */
  putUnparsed(shardId: string): void {
    const timestamp = this.#hourOf(this.unparsed) * hourMs;
    const event = { eventId: `unparsed-${this.unparsed}`, timestamp, message: 'not a flow log' };
    const data = toSubscriptionRecord('/aws/vpc/flow-logs', 'eni-none', [event]);
    this.#unparsed.push(this.#kinesis.putTo(this.#stream, shardId, data).sequenceNumber);
  }

  /** @param lines all that the receiver ever collected; those since the last call are looked at */
  lookAt(lines: readonly string[]): void {
    for (const { number } of readLines(lines.slice(this.#linesSeen))) {
      const record = this.#recordOf[number];
      if (!record) this.broken.push(`Flow log ${number} came and was never put`);
      else if (this.#arrived.has(number)) this.twice++;
      else {
        this.#arrived.add(number);
        record.missing--;
        this.#begin(record.shardId);
      }
    }
    this.#linesSeen = lines.length;
  }

  /** Looks at the lines first: what a checkpoint has passed must be among those that had come when it was read. */
  checkCheckpoint(checkpoint: ReadonlyMap<string, ShardCheckpoint>, lines: readonly string[]): void {
    this.lookAt(lines);
    for (const [shardId, { position }] of this.#checkpoint) {
      const now = checkpoint.get(shardId)?.position;
      if (!now || isBefore(now, position)) this.broken.push(`${shardId} went from ${text(position)} to ${text(now)}`);
    }
    for (const [shardId, { position }] of checkpoint) {
      const lost = this.#recordsOf(shardId).filter((record) => record.missing > 0 && isPassed(record, position));
      if (lost.length > 0) {
        this.broken.push(`${shardId} is at ${text(position)}, past ${lost.length} records that did not arrive`);
      }
    }
    this.#checkpoint = checkpoint;
  }

  /** The first line of a shard: by then its parents, and theirs, have all theirs delivered. */
  #begin(shardId: string): void {
    if (this.#begun.has(shardId)) return;
    this.#begun.add(shardId);
    for (const ancestor of ancestorsOf(shardId, this.#kinesis.stream(this.#stream).shards)) {
      const missing = this.#recordsOf(ancestor).reduce((sum, record) => sum + record.missing, 0);
      if (missing > 0) this.broken.push(`${shardId} came before ${missing} flow logs of its ancestor ${ancestor}`);
    }
  }

  #hourOf(number: number): number {
    return this.#hour - (number % 3);
  }

  #recordsOf(shardId: string): PutRecord[] {
    return this.#byShard.get(shardId) ?? [];
  }
}

export function ancestorsOf(shardId: string, shards: readonly FakeShard[]): readonly string[] {
  const parents = shards.find((shard) => shard.shardId === shardId)?.parentIds ?? [];
  return parents.flatMap((parent) => [parent, ...ancestorsOf(parent, shards)]);
}

const ranks = { beginning: 0, time: 0, after: 1, end: 2 };

function isBefore(left: ShardPosition, right: ShardPosition): boolean {
  if (left.type === 'after' && right.type === 'after') return left.sequenceNumber < right.sequenceNumber;
  return ranks[left.type] < ranks[right.type];
}

function isPassed({ sequenceNumber }: PutRecord, position: ShardPosition): boolean {
  return position.type === 'end' || (position.type === 'after' && sequenceNumber <= position.sequenceNumber);
}

function text(position: ShardPosition | undefined): string {
  if (!position) return 'nothing';
  return position.type === 'after' ? `after ${position.sequenceNumber}` : position.type;
}
