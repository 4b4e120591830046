/**
 * The numbers of a running plugin. Counters begin at zero with the plugin and only grow; all other numbers are current values.
 */
import type { OutputStats } from '../output-stats.js';

/** One shard at the moment of the call. */
export interface ShardStats {
  /** `waiting`: for a start in the future; `draining`: read to its end, but not all of it is acknowledged. */
  readonly state: 'waiting' | 'reading' | 'draining' | 'ended';
  /** Distance from the tip at the last response of Kinesis, in milliseconds; undefined before the first. */
  readonly millisBehindLatest: number | undefined;
  /**
   * How far its reading is behind, at most, in milliseconds: `millisBehindLatest`, plus the time since the last response once no
   * pause between two reads explains it. Before the first response, the age of the position in the checkpoint; undefined if there
   * is none.
   */
  readonly lagMs: number | undefined;
  /** Records handed on and not yet acknowledged. */
  readonly unacknowledged: number;
  /** No response, or no acknowledgement although some are due, for longer than `input.stallLimitMs`. */
  readonly isStalled: boolean;
  /** Time since the last response of Kinesis, in milliseconds; undefined before the first. */
  readonly readAgeMs: number | undefined;
  /**
   * Time since Kinesis took the last acknowledged record, also of an earlier run, in milliseconds by AWS' clock; undefined before
   * the first.
   */
  readonly ackedAgeMs: number | undefined;
}

/** The leases of a fleet as this process last saw them. Shards that wait for their parents are not counted. */
export interface LeaseStats {
  /** Shards that this process reads. */
  readonly own: number;
  /** Shards that other processes read. */
  readonly foreign: number;
  /** Shards that no process reads. */
  readonly free: number;
  /** Processes that read a shard. */
  readonly workers: number;
}

/** All numbers of a plugin, a snapshot. */
export interface Stats {
  /** Kinesis records that were read. */
  readonly records: number;
  /** Bytes of these records as Kinesis has them, compressed. */
  readonly recordBytes: number;
  /** Records with nothing left to do: all of their rows are confirmed, filtered or dead letters. */
  readonly acknowledged: number;
  /** Log events in the records. */
  readonly logEvents: number;
  /** CONTROL_MESSAGE payloads, with which CloudWatch Logs tests a stream. */
  readonly controlMessages: number;
  /** Rows by table, and within a table by action; `-` where a row has none. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Flow logs by log status. NODATA is an idle interface; SKIPDATA is a loss at AWS. */
  readonly logStatus: Readonly<Record<'OK' | 'NODATA' | 'SKIPDATA', number>>;
  /** Messages that matched no format, by reason. */
  readonly unparsed: Readonly<Record<string, number>>;
  /** Dead letters that were written, by reason. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Records and parts of records that became `AWSGenericLog` rows, by reason; only with `unreadable: "generic"`. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Flow logs that a format or a level of the host dropped. */
  readonly filtered: number;
  /** Faults, by code: every one, including those that no `fault` event reported. */
  readonly faults: Readonly<Record<string, number>>;
  /** The same faults, by stage and within a stage by code. */
  readonly faultsByStage: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Calls to AWS, by operation and within an operation by result: `ok`, `aborted`, or the name of the error. */
  readonly awsCalls: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Losses reported as `data-loss`. */
  readonly dataLosses: number;
  /** Gaps reported as `gap-healed`. */
  readonly gapsHealed: number;
  /** Log events left out because they were sent before; only with `input.healGaps`. */
  readonly repeats: number;
  /** Log events of log groups or accounts that the settings do not name; only with `input.otherLogGroups: "ignore"`. */
  readonly ignored: number;
  /** Lines confirmed, sent again and waiting, of all outputs together. */
  readonly output: OutputStats;
  /** Logs of the host app that were dropped: the output was away for too long, or they could not be read. */
  readonly hostLogsDropped: number;
  /** Undefined unless the checkpoint is in DynamoDB. */
  readonly leases: LeaseStats | undefined;
  /** Each shard by its id; in a fleet, those that this process reads. */
  readonly shards: Readonly<Record<string, ShardStats>>;
}
