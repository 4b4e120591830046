/** Compares the counters that a registry of Prometheus reads with those of `stats()`. */
import type { Stats } from '../../../src/report/plugin-stats.js';

/** The metric of each counter, with the labels of its groups. `faults` is in `faultsByStage`. */
const metricOf = {
  records: ['records_total'],
  recordBytes: ['record_bytes_total'],
  acknowledged: ['records_acknowledged_total'],
  logEvents: ['log_events_total'],
  controlMessages: ['control_messages_total'],
  rows: ['rows_total', 'table', 'action'],
  logStatus: ['log_status_total', 'status'],
  unparsed: ['unparsed_total', 'reason'],
  unreadable: ['unreadable_total', 'reason'],
  deadLetters: ['dead_letters_total', 'reason'],
  filtered: ['filtered_total'],
  ignored: ['ignored_total'],
  repeats: ['repeats_total'],
  dataLosses: ['data_losses_total'],
  gapsHealed: ['gaps_healed_total'],
  faultsByStage: ['faults_total', 'stage', 'code'],
  awsCalls: ['aws_calls_total', 'operation', 'result'],
  hostLogsDropped: ['host_logs_dropped_total'],
} as const satisfies Record<Exclude<keyof Stats, 'output' | 'leases' | 'shards' | 'faults'>, readonly string[]>;

/** Each counter as the registry has to have it, by its name and labels. */
export function expectedCounters(stats: Stats): ReadonlyMap<string, number> {
  const { delivered, resent } = stats.output;
  const counters = new Map([
    ['lines_delivered_total', delivered.lines],
    ['delivered_bytes_total', delivered.bytes],
    ['lines_resent_total', resent.lines],
    ['resent_bytes_total', resent.bytes],
  ]);
  const add = (key: string, counts: unknown, labels: readonly string[]): void => {
    const [label, ...more] = labels;
    if (label === undefined) counters.set(key, counts as number);
    else for (const [name, part] of Object.entries(counts as object)) add(`${key},${label}=${name}`, part, more);
  };
  for (const [counter, [name, ...labels]] of Object.entries(metricOf))
    add(name, stats[counter as keyof typeof metricOf], labels);
  return counters;
}

/** In the same form, from the text of `/metrics`. */
function foundCounters(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  const samples = text.matchAll(/^kinesis_snare_(\w+_total)\{stream="[^"]*"(.*)\} (\S+)$/gm);
  for (const [, name = '', labels = '', value] of samples)
    counters.set(name + labels.replaceAll('"', ''), Number(value));
  return counters;
}

/** The counters that differ, or that only one side has, each as `name: found, not expected`. */
export function differingCounters(text: string, stats: Stats): readonly string[] {
  const [found, expected] = [foundCounters(text), expectedCounters(stats)];
  return [...new Set([...found.keys(), ...expected.keys()])]
    .filter((key) => found.get(key) !== expected.get(key))
    .map((key) => `${key}: ${found.get(key)}, not ${expected.get(key)}`);
}
