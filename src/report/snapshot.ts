/** Everything that is known of a running plugin at one moment: what the status, the metrics, the page and health show. */
import type { Fault } from '../faults.js';
import type { MemoryUse } from '../output-stats.js';
import type { Rates } from './history.js';
import type { Health } from './judge-health.js';
import type { Stats } from './plugin-stats.js';
import type { RecentEvent } from './recent-events.js';
import type { TimingsSnapshot } from './timings.js';
import type { Totals } from './totals.js';

/** `failed`: it stopped by itself, since continuing would lose or mix up records. */
export type RunState = 'starting' | 'running' | 'stopping' | 'failed';

/** A reported fault of a stage or a shard that has not recovered yet. */
export interface FaultInForce extends Pick<Fault, 'stage' | 'code' | 'message'> {
  readonly shardId: string | undefined;
  /** Since the first failure with this code after the last success or another code, in milliseconds. */
  readonly ageMs: number;
}

/** Changes with the meaning of a field, so that another version knows whether it can read a snapshot. */
export const snapshotFormat = 1;

export interface Snapshot {
  readonly format: typeof snapshotFormat;
  /** The version of this package. */
  readonly version: string;
  readonly pid: number;
  /** When the snapshot was taken, in milliseconds since 1970. */
  readonly atMs: number;
  /** When the plugin was created, in milliseconds since 1970. */
  readonly startedMs: number;
  readonly uptimeMs: number;
  readonly state: RunState;
  readonly health: Health;
  /** Name or ARN. */
  readonly stream: string;
  /** From the settings or the ARN; undefined if the AWS environment decides it. */
  readonly region: string | undefined;
  /** Such as `tcp 10.0.0.5:6161`; undefined if the host delivers: its transports, or its loop. */
  readonly output: string | undefined;
  /** Address of the status page; undefined if it is off or not served. */
  readonly pageUrl: string | undefined;
  readonly stats: Stats;
  /** The same counts over all runs with this checkpoint; undefined before the checkpoint is open and without a file. */
  readonly ever: { readonly sinceMs: number; readonly totals: Totals } | undefined;
  readonly rates: Rates;
  /** Memory for records that wait to be processed. */
  readonly readMemory: MemoryUse | undefined;
  /** The longest first. */
  readonly faults: readonly FaultInForce[];
  /** The latest last. */
  readonly events: readonly RecentEvent[];
  readonly timings: TimingsSnapshot;
}
