/**
 * The events of a plugin: when each is emitted, how often, and what it carries. Every event is one plain object. Listeners are
 * optional; `stats()` counts everything in any case.
 */
import type { Fault } from '../faults.js';
import type { ShardPosition } from '../shard-position.js';

/** Something went wrong and is retried. It may represent several faults; then its message ends with their number. */
export interface FaultEvent extends Fault {
  /** Faults of this code, and of this shard, since the last one that was reported, including this one; from 1. */
  readonly count: number;
}

/** A stage, or a shard, works again. */
export interface RecoveredEvent {
  /** The stage of the fault. */
  readonly stage: Fault['stage'];
  /** The shard of the fault; left out where the fault had none. */
  readonly shardId?: string;
  /** How long it failed, in milliseconds. */
  readonly afterMs: number;
}

/** Reading of a shard begins. */
export interface ShardStartedEvent {
  /** Id of the shard, such as `shardId-000000000000`. */
  readonly shardId: string;
  /** Where reading begins: from the checkpoint, or from `input.startAt` if there is none. */
  readonly position: ShardPosition;
}

/** A closed shard is read to its end, and all of it is acknowledged. */
export interface ShardEndedEvent {
  /** Id of the shard. */
  readonly shardId: string;
}

/** Another process of the fleet reads a shard from now on. */
export interface ShardReleasedEvent {
  /** Id of the shard. */
  readonly shardId: string;
  /**
   * `released`: it was handed over after all of it was acknowledged. `taken`: this process could not write its lease for too
   * long, or a worker of KCL took it; what was not acknowledged is sent twice.
   */
  readonly why: 'released' | 'taken';
}

/** AWS has dropped records that were not read. */
export interface DataLossEvent {
  /** Id of the shard. */
  readonly shardId: string;
  /** Kinesis took what may be lost at or after this time, in milliseconds since 1970; undefined where that is unknown. */
  readonly fromMs: number | undefined;
  /** Kinesis took what may be lost before this time, in milliseconds since 1970; undefined where that is unknown. */
  readonly toMs: number | undefined;
  /** What is lost and how to fetch it from CloudWatch Logs, in one text for a person. */
  readonly message: string;
}

/** What was lost is fetched from CloudWatch Logs, and confirmed. */
export interface GapHealedEvent {
  /** Ids of the shards that had lost something in this time. */
  readonly shardIds: readonly string[];
  /** The gap begins at this time of Kinesis, in milliseconds since 1970. */
  readonly fromMs: number;
  /** The gap ends at this time of Kinesis, in milliseconds since 1970. */
  readonly toMs: number;
  /** Log events that were fetched, including those left out because they were sent before. */
  readonly logEvents: number;
  /** The same in one text for a person. */
  readonly message: string;
}

/** A shard makes no progress. */
export interface StalledEvent {
  /** Id of the shard. */
  readonly shardId: string;
  /** `reading`: AWS gives no response. `acknowledging`: nothing that was read is confirmed. */
  readonly what: 'reading' | 'acknowledging';
  /** How long it lasts and what to look at, in one text for a person. */
  readonly message: string;
}

/** The plugin stops by itself. */
export interface FailedEvent {
  /** Why it stops and what to do, in one text for a person. */
  readonly message: string;
}

/** AWS could not record the flows of an interval. */
export interface SkipDataEvent {
  /** The network interface, such as `eni-1234s1m4n56789`; `-` where the line has none. */
  readonly interfaceId: string;
  /** DATETIME of the row, RFC 3339; `-` where the line has no time. */
  readonly atTime: string;
}

/** A message matches no format. */
export interface UnparsedEvent {
  /** Fixed word for why, such as `field-count`. */
  readonly reason: string;
  /** The log group that the message came from. */
  readonly logGroup: string;
  /** The log stream that the message came from. */
  readonly logStream: string;
}

/** A record, or a part of it, was written to the dead-letter file. */
export interface DeadLetterEvent {
  /** Id of the shard. */
  readonly shardId: string;
  /** Sequence number of the record. */
  readonly sequenceNumber: string;
  /** Fixed word for why, such as `line-too-long`. */
  readonly reason: string;
}

/** A record, or a part of it, cannot be read or sent, and becomes rows of `AWSGenericLog`. */
export interface UnreadableEvent {
  /** Id of the shard. */
  readonly shardId: string;
  /** Sequence number of the record. */
  readonly sequenceNumber: string;
  /** Fixed word for why, such as `bad-gzip`. */
  readonly reason: string;
}

/** A format or a level of the host dropped flow logs. */
export interface FilteredEvent {
  /** Flow logs that were dropped; they are acknowledged. */
  readonly lines: number;
}

/** The settings work, but not as an operator may expect. */
export interface AdviceEvent {
  /** What to change, in one text for a person. */
  readonly message: string;
}

/** The output, or the logger, is permanently closed. */
export interface OutputClosedEvent {
  /** What has closed, in one text for a person. */
  readonly message: string;
  /** False if that was intended: the reader of a pipe has exited, or the host has ended its logger. */
  readonly isFault: boolean;
}

/** The events of a plugin by name, with the arguments of a listener. */
export interface PluginEvents {
  /**
   * Something went wrong and is retried; nothing is lost. Emitted at once for the first of a code and shard, then once a
   * minute while it lasts; up to four times a minute where the text changes or where it recovers between. So each may be
   * logged. `stats().faults` counts every one.
   */
  fault: [event: FaultEvent];
  /** The stage or the shard of a fault works again. Emitted once after faults that were reported. */
  recovered: [event: RecoveredEvent];
  /**
   * Reading of a shard begins. Emitted once for each shard of the stream, again after the stream was created again or,
   * in a fleet, when the shard returns to this process.
   */
  'shard-started': [event: ShardStartedEvent];
  /** A closed shard is read to its end and all of it is acknowledged. Emitted once for each shard that was split or merged. */
  'shard-ended': [event: ShardEndedEvent];
  /** Another process reads a shard from now on. Emitted each time that a shard moves; only with a checkpoint in DynamoDB. */
  'shard-released': [event: ShardReleasedEvent];
  /**
   * AWS dropped records before they were read: flow logs are missing. Emitted once for each loss of a shard. The message names
   * the backfill that fetches them; with `input.healGaps` a `gap-healed` follows by itself.
   */
  'data-loss': [event: DataLossEvent];
  /** What was lost is fetched from CloudWatch Logs and confirmed. Emitted once for each gap; only with `input.healGaps`. */
  'gap-healed': [event: GapHealedEvent];
  /**
   * AWS gave no response for a shard, or nothing of it was acknowledged, for longer than `input.stallLimitMs`. Emitted once
   * for each stall.
   */
  stalled: [event: StalledEvent];
  /**
   * The plugin stops by itself, because to continue would lose or mix up records: the stream was created again, or AWS dropped
   * records and `input.onDataLoss` is `fail`. Emitted for each cause. An operator has to act; end the program with an error.
   */
  failed: [event: FailedEvent];
  /** A line has the log status SKIPDATA: AWS could not record flows in an interval. Emitted once for each such line. */
  'skip-data': [event: SkipDataEvent];
  /**
   * A message matches no format. Emitted once for each message, so it may come very often; count or limit it before you log it.
   * What becomes of the message is up to the setting `unparsed`.
   */
  unparsed: [event: UnparsedEvent];
  /** A record, or a part of it, cannot be used and is on disk in the dead-letter file. Emitted once for each dead letter. */
  'dead-letter': [event: DeadLetterEvent];
  /** A record, or a part of it, becomes rows. Emitted for each; only with `unreadable: "generic"`. */
  unreadable: [event: UnreadableEvent];
  /**
   * A format or a level of the host kept a flow log from every SnareTransport. Emitted once for each such flow log, so it may
   * come very often.
   */
  filtered: [event: FilteredEvent];
  /**
   * The settings work, but not as an operator may expect. Emitted mostly at the start, once for each advice; what records can
   * cause is limited to four a minute.
   */
  advice: [event: AdviceEvent];
  /** The output, or the logger, is permanently closed, and the plugin stops. Emitted once. */
  'output-closed': [event: OutputClosedEvent];
}
