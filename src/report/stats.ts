/** Counts, sums and formats the numbers of `Stats`. */
import type { EventCounts } from '../event-counts.js';
import type { Fault } from '../faults.js';
import { addTotals, type OutputStats } from '../output-stats.js';
import type { ShardStatus } from '../shard-status.js';
import type { SnareRow } from '../snare-row.js';
import type { ShardStats } from './plugin-stats.js';

type Counts = Record<string, number>;

const maxResults = 50;

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
  readonly unreadable: Counts = {};
  readonly faults: Counts = {};
  readonly faultsByStage: Record<string, Counts> = {};
  readonly awsCalls: Record<string, Counts> = {};

  countRow(row: SnareRow): void {
    count(this.#rowsOf(row.TABLE), typeof row.ACTION === 'string' ? row.ACTION : '-');
    const status = row.LOGSTATUS;
    if (status === 'OK' || status === 'NODATA' || status === 'SKIPDATA') this.logStatus[status]++;
  }

  /** Like `countRow`, for many flow logs without rows. */
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

  countFault({ stage, code }: Pick<Fault, 'stage' | 'code'>): void {
    count(this.faults, code);
    this.faultsByStage[stage] ??= {};
    count(this.faultsByStage[stage], code);
  }

  /** Results beyond a limit count as `other`: a proxy may answer with ever new ones. */
  countCall(operation: string, result: string): void {
    this.awsCalls[operation] ??= {};
    const results = this.awsCalls[operation];
    const isKnown = Object.hasOwn(results, result) || Object.keys(results).length < maxResults;
    count(results, isKnown ? result : 'other');
  }

  #rowsOf(table: string): Counts {
    this.rows[table] ??= {};
    return this.rows[table];
  }
}

export function count(counts: Counts, key: string, number = 1): void {
  counts[key] = (counts[key] ?? 0) + number;
}

/** The sum over all keys. */
export function sumOf(counts: Readonly<Counts>): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}

/** The lag of the shard that is furthest behind, in milliseconds; undefined if that of none is known. */
export function findLagMs(shards: Iterable<Pick<ShardStats, 'lagMs'>>): number | undefined {
  return pick(Math.max, ...Array.from(shards, ({ lagMs }) => lagMs));
}

export const noOutput: OutputStats = {
  isConnected: false,
  delivered: { lines: 0, bytes: 0 },
  resent: { lines: 0, bytes: 0 },
  buffered: { lines: 0, bytes: 0 },
  maxBufferedLines: 0,
  memory: { bytes: 0, maxBytes: 0 },
  confirmedAgeMs: undefined,
  oldestAgeMs: undefined,
};

export function addOutputs(left: OutputStats, right: OutputStats): OutputStats {
  return {
    isConnected: left.isConnected || right.isConnected,
    delivered: addTotals(left.delivered, right.delivered),
    resent: addTotals(left.resent, right.resent),
    buffered: addTotals(left.buffered, right.buffered),
    maxBufferedLines: left.maxBufferedLines + right.maxBufferedLines,
    memory: {
      bytes: left.memory.bytes + right.memory.bytes,
      maxBytes: left.memory.maxBytes + right.memory.maxBytes,
    },
    confirmedAgeMs: pick(Math.min, left.confirmedAgeMs, right.confirmedAgeMs),
    oldestAgeMs: pick(Math.max, left.oldestAgeMs, right.oldestAgeMs),
  };
}

/** Chooses among the ages that are known. */
function pick(choose: (...ages: number[]) => number, ...ages: readonly (number | undefined)[]): number | undefined {
  const known = ages.filter((age) => age !== undefined);
  return known.length === 0 ? undefined : choose(...known);
}

/** @param now on AWS' clock, which the times of its records are of, and on the monotonic one */
export function toShardStats(
  status: Readonly<ShardStatus>,
  now: { readonly awsMs: number; readonly monotonicMs: number },
  isStalled: boolean,
): ShardStats {
  const age = (atMs: number | undefined, nowMs: number) => (atMs === undefined ? undefined : Math.max(0, nowMs - atMs));
  const readAgeMs = age(status.lastReadMs, now.monotonicMs);
  const ackedAgeMs = age(status.ackedArrivalMs, now.awsMs);
  return {
    state: status.state,
    millisBehindLatest: status.millisBehindLatest,
    lagMs: toLagMs(status, readAgeMs, ackedAgeMs),
    unacknowledged: status.unacknowledged,
    isStalled,
    readAgeMs,
    ackedAgeMs,
  };
}

/** Reads are closer together than this, unless something holds them up. */
const longPauseMs = 10_000;

/** While nothing is read, such as in an outage, the last response says less and less. */
function toLagMs(
  { state, millisBehindLatest }: Readonly<ShardStatus>,
  readAgeMs: number | undefined,
  ackedAgeMs: number | undefined,
): number | undefined {
  if (state !== 'reading') return millisBehindLatest;
  if (millisBehindLatest === undefined || readAgeMs === undefined) return ackedAgeMs;
  return readAgeMs > longPauseMs ? millisBehindLatest + readAgeMs : millisBehindLatest;
}
