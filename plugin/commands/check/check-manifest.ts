/** Checks whether the settings are valid. */
import { ConfigurationError } from '../../../src/configuration-error.js';
import { isLoopback } from '../../../src/loopback.js';
import type { Settings } from '../../../src/settings/settings.js';
import { loadSettings } from '../../manifest/manifest.js';
import type { CheckResult } from './check-result.js';

const name = 'manifest';

export interface CheckedManifest {
  /** One result for each fault. */
  readonly results: readonly CheckResult[];
  /** Undefined when there is a fault. */
  readonly settings: Settings | undefined;
}

export function checkManifest(manifest: string): CheckedManifest {
  try {
    const { settings, manifestPath } = loadSettings(manifest);
    return { settings, results: [judgeSettings(settings, manifestPath ?? manifest), ...judgeMetrics(settings)] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const [, ...lines] = error.message.split('\n');
    return { settings: undefined, results: lines.map((message) => ({ name, status: 'fail', message })) };
  }
}

/** What a run reports too late for somebody who opens the port in a firewall first. */
function judgeMetrics({ metrics }: Settings): readonly CheckResult[] {
  if (!metrics || metrics.allowRemote || isLoopback(metrics.host)) return [];
  const message = `Metrics and the status page are not served on "${metrics.host}", which other machines can reach`;
  const advice = 'set metrics.host to 127.0.0.1, or metrics.allowRemote to true; they have no password';
  return [{ name: 'metrics', status: 'warn', message, advice }];
}

function judgeSettings({ input, output }: Settings, path: string): CheckResult {
  const missing = [...(input ? [] : ['input']), ...(output ? [] : ['output'])];
  if (missing.length === 0) return { name, status: 'pass', message: `"${path}" is valid` };
  const message = `"${path}" has no ${missing.join(' and no ')}, so ${missing.length === 1 ? 'it is' : 'they are'} not checked`;
  return {
    name,
    status: 'warn',
    message,
    advice: `set config.${missing.join(' and config.')} to use kinesis-snare run`,
  };
}
