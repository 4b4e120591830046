/** The metrics of plugins in a registry of prom-client, which asks for their values when it is read. */
import { type Labels, type MetricSource, metricPrefix, metricSources } from '../../src/report/metrics.js';
import type { Snapshot } from '../../src/report/snapshot.js';
import type { MetricsRegistry } from '../api.js';

export type TakeSnapshot = () => Snapshot;

interface Registered {
  /** The label `stream`. It never changes, since a series with another label is another series. */
  readonly name: string;
  readonly take: TakeSnapshot;
}

/** By registry: a metric may be registered once, and has the values of every plugin of the host. */
const registered = new WeakMap<MetricsRegistry, Map<TakeSnapshot, Registered>>();

/**
 * More calls with the same function do nothing. Returns a function that takes its values out of the registry.
 *
 * @throws TypeError for what is no registry
 */
export function registerMetrics(registry: MetricsRegistry, take: TakeSnapshot): () => void {
  if (typeof registry?.registerMetric !== 'function')
    throw new TypeError('collectMetrics expects a registry of prom-client, such as its `register`');
  const plugins = registered.get(registry) ?? new Map<TakeSnapshot, Registered>();
  registered.set(registry, plugins);
  // The host may have cleared its registry.
  if (!registry.getSingleMetric?.(metricPrefix + metricSources[0]?.name))
    for (const source of metricSources) registry.registerMetric(new PluginMetric(source, plugins) as never);
  if (!plugins.has(take)) {
    const taken = new Set(Array.from(plugins.values(), ({ name }) => name));
    plugins.set(take, { name: findName(take(), taken), take: takeOnce(take) });
  }
  return () => plugins.delete(take);
}

/** Prometheus refuses everything if two series have the same labels. */
function findName({ stream, region }: Snapshot, taken: ReadonlySet<string>): string {
  // An ARN would make every series long.
  const own = stream.slice(stream.lastIndexOf('/') + 1);
  if (!taken.has(own)) return own;
  const inRegion = region === undefined ? own : `${region}/${own}`;
  let name = inRegion;
  for (let number = 2; taken.has(name); number++) name = `${inRegion}#${number}`;
  return name;
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
  readonly #plugins: ReadonlyMap<TakeSnapshot, Registered>;

  constructor(source: MetricSource, plugins: ReadonlyMap<TakeSnapshot, Registered>) {
    this.name = metricPrefix + source.name;
    this.help = source.help;
    this.type = source.type;
    this.#source = source;
    this.#plugins = plugins;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#plugins.values()].flatMap((plugin) => this.#read(plugin));
    return { name, help, type, aggregator, values };
  }

  /** These are the plugin's own numbers. */
  reset(): void {}

  #read({ name, take }: Registered): readonly MetricValue[] {
    const own = { stream: name };
    const snapshot = take();
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
