/**
 * The numbers of a running plugin, in one shape. Counters begin at zero with the process and only grow; everything else
 * is as it stands at the moment of the call.
 */

import type { EventCounts } from '../event-counts.js';
import type { OutputStats } from '../output-stats.js';
import type { ShardStatus } from '../shard-status.js';
import type { SnareRow } from '../snare-row.js';

export interface ShardStats {
  /** `waiting`: for a start in the future; `draining`: read to its end, with acknowledgements still to come. */
  readonly state: ShardStatus['state'];
  /** Distance from the tip at the last reply of Kinesis, in milliseconds; undefined before the first. */
  readonly millisBehindLatest: number | undefined;
  /** Records handed on and not yet acknowledged. */
  readonly unacknowledged: number;
  /** No reply, or no acknowledgement although some are due, for longer than `stallLimitMs`. */
  readonly isStalled: boolean;
  /** Milliseconds since the last reply of Kinesis. */
  readonly readAgeMs: number | undefined;
  /** Milliseconds since Kinesis took the last acknowledged record, by AWS' clock; undefined before the first. */
  readonly ackedAgeMs: number | undefined;
}

export interface Stats {
  /** Kinesis records read, with their bytes as they came. */
  readonly records: number;
  readonly recordBytes: number;
  /** Records of which everything is confirmed or set aside. */
  readonly acknowledged: number;
  /** Messages in them. */
  readonly logEvents: number;
  /** CONTROL_MESSAGE payloads, with which CloudWatch Logs tries a stream. */
  readonly controlMessages: number;
  /** Rows by table, and within a table by action; `-` where a row has none. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Flow logs by log status. NODATA is an idle interface; SKIPDATA is a loss at AWS. */
  readonly logStatus: Readonly<Record<'OK' | 'NODATA' | 'SKIPDATA', number>>;
  /** Messages that fitted no format, by reason. */
  readonly unparsed: Readonly<Record<string, number>>;
  /** Parts set aside in the dead-letter file, by reason. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Flow logs that a host's format or level dropped. */
  readonly filtered: number;
  /** Faults reported, by code. */
  readonly faults: Readonly<Record<string, number>>;
  /** Losses reported as `data-loss`. */
  readonly dataLosses: number;
  /** Gaps that were fetched from CloudWatch Logs and confirmed, as told by `gap-healed`. */
  readonly gapsHealed: number;
  /** Log events left out because they had gone out already; only with `healGaps`. */
  readonly repeats: number;
  /** Log events of log groups or accounts that the settings do not name; only with `otherLogGroups: "ignore"`. */
  readonly ignored: number;
  /** Confirmed, sent again, waiting: of all outputs together. */
  readonly output: OutputStats;
  /** Logs of the host app that were dropped because the output was away for too long. */
  readonly hostLogsDropped: number;
  readonly shards: Readonly<Record<string, ShardStats>>;
}

type Counts = Record<string, number>;

const countedActions = ['ACCEPT', 'REJECT', '-'] as const satisfies readonly (keyof EventCounts['actions'])[];

/** The counters behind `Stats`. */
export class Counters {
  records = 0;
  recordBytes = 0;
  acknowledged = 0;
  logEvents = 0;
  controlMessages = 0;
  filtered = 0;
  dataLosses = 0;
  gapsHealed = 0;
  repeats = 0;
  ignored = 0;
  readonly rows: Record<string, Counts> = {};
  readonly logStatus = { OK: 0, NODATA: 0, SKIPDATA: 0 };
  readonly unparsed: Counts = {};
  readonly deadLetters: Counts = {};
  readonly faults: Counts = {};

  countRow(row: SnareRow): void {
    count(this.#rowsOf(row.TABLE), typeof row.ACTION === 'string' ? row.ACTION : '-');
    const status = row.LOGSTATUS;
    if (status === 'OK' || status === 'NODATA' || status === 'SKIPDATA') this.logStatus[status]++;
  }

  /** As `countRow` for each of many flow logs of which no row was made. */
  countLines({ events, actions, logStatus }: EventCounts): void {
    if (events === 0) return;
    this.logEvents += events;
    const rows = this.#rowsOf('AWSVPCFlowLog');
    for (const action of countedActions) {
      if (actions[action] > 0) count(rows, action, actions[action]);
    }
    this.logStatus.OK += logStatus.OK;
    this.logStatus.NODATA += logStatus.NODATA;
    this.logStatus.SKIPDATA += logStatus.SKIPDATA;
  }

  #rowsOf(table: string): Counts {
    this.rows[table] ??= {};
    return this.rows[table];
  }
}

export function count(counts: Counts, key: string, number = 1): void {
  counts[key] = (counts[key] ?? 0) + number;
}

export const noOutput: OutputStats = {
  isConnected: false,
  delivered: { lines: 0, bytes: 0 },
  resent: { lines: 0, bytes: 0 },
  buffered: { lines: 0, bytes: 0 },
};

export function addOutputs(left: OutputStats, right: OutputStats): OutputStats {
  const sum = (key: 'delivered' | 'resent' | 'buffered') => ({
    lines: left[key].lines + right[key].lines,
    bytes: left[key].bytes + right[key].bytes,
  });
  return {
    isConnected: left.isConnected || right.isConnected,
    delivered: sum('delivered'),
    resent: sum('resent'),
    buffered: sum('buffered'),
  };
}

/** @param now on AWS' clock, which the times of its records are of, and on the monotonic one */
export function toShardStats(
  status: Readonly<ShardStatus>,
  now: { readonly awsMs: number; readonly monotonicMs: number },
  isStalled: boolean,
): ShardStats {
  const age = (atMs: number | undefined, nowMs: number) => (atMs === undefined ? undefined : Math.max(0, nowMs - atMs));
  return {
    state: status.state,
    millisBehindLatest: status.millisBehindLatest,
    unacknowledged: status.unacknowledged,
    isStalled,
    readAgeMs: age(status.lastReadMs, now.monotonicMs),
    ackedAgeMs: age(status.ackedArrivalMs, now.awsMs),
  };
}
