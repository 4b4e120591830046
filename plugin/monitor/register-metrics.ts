/** The metrics of plugins in a registry of prom-client, which asks for their values when it is read. */
import { type Labels, type MetricSource, metricPrefix, metricSources } from '../../src/report/metrics.js';
import type { Snapshot } from '../../src/report/snapshot.js';
import type { MetricsRegistry } from '../api.js';

export type TakeSnapshot = () => Snapshot;

/** By registry: a metric may be registered once, and has the values of every plugin of the host. */
const sources = new WeakMap<MetricsRegistry, Map<TakeSnapshot, TakeSnapshot>>();

/** More calls with the same function do nothing. Returns a function that takes its values out of the registry. */
export function registerMetrics(registry: MetricsRegistry, take: TakeSnapshot): () => void {
  let takes = sources.get(registry);
  if (!takes) {
    takes = new Map();
    sources.set(registry, takes);
    const snapshots = toNamed(takes);
    for (const source of metricSources) registry.registerMetric(new PluginMetric(source, snapshots) as never);
  }
  const known = takes;
  if (!known.has(take)) known.set(take, takeOnce(take));
  return () => known.delete(take);
}

interface NamedSnapshot {
  /** The label `stream`; Prometheus refuses everything if two series have the same labels. */
  readonly name: string;
  readonly snapshot: Snapshot;
}

function toNamed(takes: ReadonlyMap<TakeSnapshot, TakeSnapshot>): () => readonly NamedSnapshot[] {
  return () => {
    const snapshots = Array.from(takes.values(), (take) => take());
    const names = snapshots.map(({ stream }) => nameOf(stream));
    const taken = new Map<string, number>();
    return snapshots.map((snapshot, index) => {
      const own = names[index] as string;
      const isAlone = names.filter((name) => name === own).length === 1;
      const name = isAlone || snapshot.region === undefined ? own : `${snapshot.region}/${own}`;
      const number = (taken.get(name) ?? 0) + 1;
      taken.set(name, number);
      return { name: number === 1 ? name : `${name}#${number}`, snapshot };
    });
  };
}

/** A registry asks all metrics in one turn; they share one snapshot, so that they belong together. */
function takeOnce(take: TakeSnapshot): TakeSnapshot {
  let shared: Snapshot | undefined;
  return () => {
    if (!shared)
      queueMicrotask(() => {
        shared = undefined;
      });
    shared ??= take();
    return shared;
  };
}

interface MetricValue {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** What a registry of prom-client needs of a metric, whose classes cannot take a total or a finished histogram. */
class PluginMetric {
  /** prom-client takes the ending of a counter off, in the format of OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: MetricSource['type'];
  /** How prom-client adds up the workers of a cluster. */
  readonly aggregator = 'sum';
  readonly #source: MetricSource;
  readonly #snapshots: () => readonly NamedSnapshot[];

  constructor(source: MetricSource, snapshots: () => readonly NamedSnapshot[]) {
    this.name = metricPrefix + source.name;
    this.help = source.help;
    this.type = source.type;
    this.#source = source;
    this.#snapshots = snapshots;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#snapshots().flatMap((named) => this.#read(named)) };
  }

  /** These are the plugin's own numbers. */
  reset(): void {}

  #read({ name, snapshot }: NamedSnapshot): readonly MetricValue[] {
    const own = { stream: name };
    const source = this.#source;
    if (source.type !== 'histogram')
      return source.read(snapshot).map(([labels, value]) => ({ labels: { ...own, ...labels }, value }));
    return source.read(snapshot).flatMap(([labels, { bounds, counts, sumSeconds }]) => {
      const all = { ...own, ...labels };
      let below = 0;
      const buckets = counts.map((count, index): MetricValue => {
        below += count;
        const le = bounds[index] === undefined ? '+Inf' : String(bounds[index]);
        return { metricName: `${this.name}_bucket`, labels: { ...all, le }, value: below };
      });
      return [
        ...buckets,
        { metricName: `${this.name}_sum`, labels: all, value: sumSeconds },
        { metricName: `${this.name}_count`, labels: all, value: below },
      ];
    });
  }
}

/** An ARN would make every series long. */
function nameOf(stream: string): string {
  return stream.slice(stream.lastIndexOf('/') + 1);
}
