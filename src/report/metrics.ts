/**
 * Every metric of a plugin, once: its name, its type, the sentence that explains it, and where its values come from. Names and
 * units follow https://prometheus.io/docs/practices/naming/. Each has the label `stream` besides its own.
 */
import type { Durations } from './histogram.js';
import type { ShardStats } from './plugin-stats.js';
import type { Snapshot } from './snapshot.js';

export type Labels = Readonly<Record<string, string>>;
export type Value = readonly [labels: Labels, value: number];

interface Described {
  /** Without the prefix `kinesis_snare_`. */
  readonly name: string;
  readonly help: string;
}

export type MetricSource = Described &
  (
    | { readonly type: 'counter' | 'gauge'; readonly read: (snapshot: Snapshot) => readonly Value[] }
    | {
        readonly type: 'histogram';
        readonly read: (snapshot: Snapshot) => readonly (readonly [labels: Labels, durations: Durations])[];
      }
  );

export const metricPrefix = 'kinesis_snare_';

const one = (value: number | undefined): readonly Value[] => (value === undefined ? [] : [[{}, value]]);
const inSeconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

type Counts = Readonly<Record<string, number>>;

const by = (label: string, counts: Counts, more: Labels = {}): readonly Value[] =>
  Object.entries(counts).map(([name, count]) => [{ ...more, [label]: name }, count]);

const byTwo = (outer: string, inner: string, counts: Readonly<Record<string, Counts>>): readonly Value[] =>
  Object.entries(counts).flatMap(([name, some]) => by(inner, some, { [outer]: name }));

/** Shards that were read to their end say nothing new, and a stream that is resharded has ever more of them. */
const perShard = ({ stats }: Snapshot, read: (shard: ShardStats) => number | undefined): readonly Value[] =>
  Object.entries(stats.shards)
    .filter(([, { state }]) => state !== 'ended')
    .flatMap(([shard, numbers]) => one(read(numbers)).map(([, value]): Value => [{ shard }, value]));

const counters: readonly (readonly [name: string, help: string, read: (snapshot: Snapshot) => readonly Value[]])[] = [
  ['records_total', 'Kinesis records that were read', ({ stats }) => one(stats.records)],
  [
    'record_bytes_total',
    'Bytes of these records as Kinesis has them, compressed',
    ({ stats }) => one(stats.recordBytes),
  ],
  ['records_acknowledged_total', 'Records with nothing left to do', ({ stats }) => one(stats.acknowledged)],
  ['log_events_total', 'Log events in the records', ({ stats }) => one(stats.logEvents)],
  [
    'control_messages_total',
    'Payloads with which CloudWatch Logs tests a stream',
    ({ stats }) => one(stats.controlMessages),
  ],
  ['rows_total', 'Rows by table and action', ({ stats }) => byTwo('table', 'action', stats.rows)],
  [
    'log_status_total',
    'Flow logs by log status; SKIPDATA is a loss at AWS',
    ({ stats }) => by('status', stats.logStatus),
  ],
  ['unparsed_total', 'Messages that matched no format', ({ stats }) => by('reason', stats.unparsed)],
  ['unreadable_total', 'Records and parts of records that became rows', ({ stats }) => by('reason', stats.unreadable)],
  ['dead_letters_total', 'Dead letters that were written', ({ stats }) => by('reason', stats.deadLetters)],
  ['filtered_total', 'Flow logs that a format or a level of the host dropped', ({ stats }) => one(stats.filtered)],
  ['ignored_total', 'Log events of log groups that the settings do not name', ({ stats }) => one(stats.ignored)],
  ['repeats_total', 'Log events left out because they were sent before', ({ stats }) => one(stats.repeats)],
  ['data_losses_total', 'Losses: AWS dropped records before they were read', ({ stats }) => one(stats.dataLosses)],
  ['gaps_healed_total', 'Losses that were fetched from CloudWatch Logs', ({ stats }) => one(stats.gapsHealed)],
  ['faults_total', 'Faults; each is retried', ({ stats }) => byTwo('stage', 'code', stats.faultsByStage)],
  ['lines_delivered_total', 'Lines that the output confirmed', ({ stats }) => one(stats.output.delivered.lines)],
  ['delivered_bytes_total', 'Bytes of these lines', ({ stats }) => one(stats.output.delivered.bytes)],
  ['lines_resent_total', 'Lines that were not confirmed and sent again', ({ stats }) => one(stats.output.resent.lines)],
  ['resent_bytes_total', 'Bytes of these lines', ({ stats }) => one(stats.output.resent.bytes)],
  ['host_logs_dropped_total', 'Logs of the host app that were dropped', ({ stats }) => one(stats.hostLogsDropped)],
  ['aws_calls_total', 'Calls to AWS', ({ stats }) => byTwo('operation', 'result', stats.awsCalls)],
];

const states = ['waiting', 'reading', 'draining', 'ended'] as const;

const gauges: typeof counters = [
  ['build_info', 'Version of the package', ({ version }) => [[{ version }, 1]]],
  ['start_time_seconds', 'Start of the plugin, since 1970', ({ startedMs }) => one(startedMs / 1000)],
  ['ready', 'Whether flow logs go through, as /readyz says', ({ health }) => one(Number(health.isReady))],
  [
    'alive',
    'Whether the plugin works, as /healthz says; 0 if it stopped by itself',
    ({ health }) => one(Number(health.isAlive)),
  ],
  ['output_connected', 'Whether an output is open', ({ stats }) => one(Number(stats.output.isConnected))],
  [
    'shards',
    'Shards by state',
    ({ stats }) => {
      const all = Object.values(stats.shards);
      return states.map((state): Value => [{ state }, all.filter((shard) => shard.state === state).length]);
    },
  ],
  [
    'leases',
    'Shards of a fleet by who reads them',
    ({ stats: { leases } }) =>
      leases
        ? (
            [
              ['own', leases.own],
              ['foreign', leases.foreign],
              ['none', leases.free],
            ] as const
          ).map(([reader, value]): Value => [{ reader }, value])
        : [],
  ],
  [
    'shards_stalled',
    'Shards that make no progress',
    ({ stats }) => one(Object.values(stats.shards).filter(({ isStalled }) => isStalled).length),
  ],
  [
    'shard_lag_seconds',
    'How far the reading of a shard is behind its tip, at most',
    (snapshot) => perShard(snapshot, ({ lagMs }) => inSeconds(lagMs)),
  ],
  [
    'shard_read_age_seconds',
    'Time since the last response for a shard',
    (snapshot) => perShard(snapshot, ({ readAgeMs }) => inSeconds(readAgeMs)),
  ],
  [
    'shard_acknowledged_age_seconds',
    'Time since Kinesis took the last acknowledged record of a shard',
    (snapshot) => perShard(snapshot, ({ ackedAgeMs }) => inSeconds(ackedAgeMs)),
  ],
  [
    'shard_unacknowledged_records',
    'Records of a shard that are not acknowledged',
    (snapshot) => perShard(snapshot, ({ unacknowledged }) => unacknowledged),
  ],
  [
    'oldest_unconfirmed_age_seconds',
    'How long the oldest line waits for its confirmation; 0 if none waits',
    ({ stats }) => one((stats.output.oldestAgeMs ?? 0) / 1000),
  ],
  [
    'last_confirmation_age_seconds',
    'Time since the last confirmation',
    ({ stats }) => one(inSeconds(stats.output.confirmedAgeMs)),
  ],
  ['buffered_lines', 'Lines that wait for a confirmation', ({ stats }) => one(stats.output.buffered.lines)],
  ['buffered_lines_limit', 'Most lines that may wait', ({ stats }) => one(stats.output.maxBufferedLines)],
  ['buffered_bytes', 'Memory of the lines that wait', ({ stats }) => one(stats.output.memory.bytes)],
  ['buffered_bytes_limit', 'Limit of that memory', ({ stats }) => one(stats.output.memory.maxBytes)],
  ['read_buffer_bytes', 'Memory of the records that wait to be processed', ({ readMemory }) => one(readMemory?.bytes)],
  ['read_buffer_bytes_limit', 'Limit of that memory', ({ readMemory }) => one(readMemory?.maxBytes)],
  ['faults_in_force', 'Faults of stages and shards that have not recovered', ({ faults }) => one(faults.length)],
];

export const metricSources: readonly MetricSource[] = [
  ...counters.map(([name, help, read]) => ({ name, help, read, type: 'counter' }) as const),
  ...gauges.map(([name, help, read]) => ({ name, help, read, type: 'gauge' }) as const),
  {
    type: 'histogram',
    name: 'arrival_to_confirmation_seconds',
    help: 'From the arrival of a record in Kinesis to its confirmation',
    read: ({ timings }) => [[{}, timings.arrivalToConfirmation]],
  },
  {
    type: 'histogram',
    name: 'flow_end_to_confirmation_seconds',
    help: 'From the end of the last flow of a record to the confirmation of the record',
    read: ({ timings }) => [[{}, timings.flowEndToConfirmation]],
  },
  {
    type: 'histogram',
    name: 'aws_call_duration_seconds',
    help: 'Time of a call to AWS',
    read: ({ timings }) =>
      Object.entries(timings.awsCalls).map(([operation, durations]) => [{ operation }, durations] as const),
  },
];
