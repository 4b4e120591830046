/** Where a pipeline's records come from: a stream, or the log events that CloudWatch Logs keeps. */
import type { AwsTime } from '../aws/aws-clock.js';
import type { AwsWatch } from '../aws/watch.js';
import type { RunNote } from '../checkpoint/run-note.js';
import type { ReportFault, ReportRecovery } from '../faults.js';
import type { LeaseCounts } from '../lease/plan-leases.js';
import type { MemoryUse } from '../output-stats.js';
import type { StreamIdentity } from '../progress.js';
import type { StreamRecord } from '../record.js';
import type { PluginEmitter } from '../report/events.js';
import type { Counters } from '../report/stats.js';
import type { InputSettings, Settings } from '../settings/settings.js';
import type { ShardStatus } from '../shard-status.js';

export interface Source {
  /**
   * Begins to read. Resolves with true if a start in the future was stored, so that there is nothing to read yet; rejects if
   * reading cannot begin.
   */
  start(): Promise<boolean>;
  /** Stops reading; resolves when no more records are handed on. Acks still count until `close`. */
  stop(): Promise<void>;
  /** Writes the last positions and releases them. Resolves with false if they could not be written. */
  close(): Promise<boolean>;
  /** Whether everything that was there when this run began is handed on. */
  isCaughtUp(): Promise<boolean>;
  /** Records that were handed on and are not acked, or are acked after one that is not. */
  readonly pending: number;
  /** For a stream with a checkpoint file, once it has started. */
  readonly runNote?: RunNote | undefined;
  /** For a stream, the memory for records that wait to be processed. */
  readonly memory?: MemoryUse | undefined;
  /** For a stream that a fleet shares. */
  readonly leases?: LeaseCounts | undefined;
  /** For a stream, the status of its shards. */
  readonly status: ReadonlyMap<string, Readonly<ShardStatus>>;
}

export interface SourceWiring {
  readonly settings: Settings;
  readonly input: InputSettings;
  readonly counters: Counters;
  readonly events: PluginEmitter;
  /** The time of AWS, for every decision about age, retention and loss. */
  readonly clock: AwsTime;
  /** For every client of AWS. */
  readonly watch: AwsWatch;
  /**
   * Takes a record; the next one of its shard follows when it resolves, or at once after undefined. If it rejects, the same one
   * is handed on again.
   */
  readonly handOn: (record: StreamRecord) => Promise<void> | undefined;
  /** Called once the stream is known, before its first record. */
  readonly onStream: (stream: StreamIdentity) => void;
  readonly onFault: ReportFault;
  readonly onRecovery: ReportRecovery;
}

export type CreateSource = (wiring: SourceWiring) => Source;
