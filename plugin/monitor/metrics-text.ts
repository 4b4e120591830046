/** The text of all metrics, in the formats of Prometheus and of OpenMetrics. prom-client is loaded only for it. */
import { registerMetrics, type TakeSnapshot } from './register-metrics.js';

export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

export type FormatMetrics = (isOpenMetrics: boolean) => Promise<MetricsText>;

/** Resolves with undefined when prom-client, an optional package, is not installed. */
export async function createMetricsText(take: TakeSnapshot): Promise<FormatMetrics | undefined> {
  const prom = await importPromClient();
  if (!prom) return undefined;
  const { Registry } = prom;
  // One for each format, because a registry changes the names of its metrics for OpenMetrics.
  const plain = new Registry();
  const open = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const registry of [plain, open]) registerMetrics(registry, take);
  return async (isOpenMetrics) => {
    const registry = isOpenMetrics ? open : plain;
    return { contentType: registry.contentType, body: await registry.metrics() };
  };
}

async function importPromClient(): Promise<typeof import('prom-client') | undefined> {
  try {
    const { default: prom } = await import('prom-client');
    return prom;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
