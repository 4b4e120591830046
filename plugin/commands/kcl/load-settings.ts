/** The settings of a child of the MultiLangDaemon, which has the stream and the checkpoint. */
import type { ConfigurationFault } from '../../../src/configuration-error.js';
import { loadSettings } from '../../manifest/manifest.js';
import { type PushedSettings, toPushedSettings } from '../../pushed-settings.js';

/** @throws ConfigurationError with all faults */
export function loadChildSettings(manifest: string): PushedSettings {
  const { settings } = loadSettings(manifest);
  const { input, output, metrics } = settings;
  const source = 'kinesis-snare kcl';
  const faults: ConfigurationFault[] = [];
  if (!input) faults.push({ path: 'input', expected: 'an input', received: 'none', source });
  if (!output) faults.push({ path: 'output', expected: 'an output', received: 'none', source });
  if (output?.type === 'stdout') {
    const expected = 'a type other than "stdout", which the MultiLangDaemon uses';
    faults.push({ path: 'output.type', expected, received: '"stdout"', source });
  }
  if (output?.type === 'file' && output.maxFileBytes > 0) {
    const expected = '0, because each shard is a process, and two processes cannot rotate one file';
    faults.push({ path: 'output.maxFileBytes', expected, received: String(output.maxFileBytes), source });
  }
  if (input?.healGaps) {
    faults.push({ path: 'input.healGaps', expected: 'false, because KCL reads the stream', received: 'true', source });
  }
  if (metrics && metrics.port !== 0) {
    const expected = '0, because each shard is a process, and two processes cannot listen on one port';
    faults.push({ path: 'metrics.port', expected, received: String(metrics.port), source });
  }
  return toPushedSettings(settings, faults);
}
