/**
 * The settings of a function. The stream is that of the event, AWS keeps the position, and no file lasts: so some defaults are
 * others than those of a host app, and what a function cannot do is a fault.
 */
import type { ConfigurationFault } from '../../src/configuration-error.js';
import type { SettingsOverrides } from '../../src/settings/overrides.js';
import type { Settings } from '../../src/settings/settings.js';
import { loadSettings } from '../manifest/manifest.js';
import { type PushedSettings, toPushedSettings } from '../pushed-settings.js';

/** Nothing is read from a stream of this name. */
const packaged = {
  id: 'kinesis-snare',
  config: { input: { stream: 'that-of-the-event' }, unreadable: 'generic' },
} as const;

/** @throws ConfigurationError with all faults */
export function loadFunctionSettings(manifest: string | object, overrides: SettingsOverrides): PushedSettings {
  const { settings } = loadSettings(manifest, overrides, { packaged });
  // An invocation waits for confirmations within its own time; a plugin that is discarded has nothing to wait for.
  return { ...toPushedSettings(settings, findFaults(settings)), drainTimeoutMs: 0 };
}

function findFaults({ input, output, unreadable, metrics }: Settings): readonly ConfigurationFault[] {
  const source = 'settings of a Lambda function';
  const faults: ConfigurationFault[] = [];
  if (!output) faults.push({ path: 'output', expected: 'an output, because a function has no logger', source });
  if (output?.type === 'file') {
    faults.push({
      path: 'output.type',
      expected: 'a receiver, because a function has no file that lasts',
      received: '"file"',
      source,
    });
  }
  if (unreadable !== 'generic') {
    const expected = '"generic", because a function has no file that lasts';
    faults.push({ path: 'unreadable', expected, received: `"${unreadable}"`, source });
  }
  if (input?.healGaps) {
    faults.push({ path: 'input.healGaps', expected: 'false, because AWS reads the stream', received: 'true', source });
  }
  if (metrics)
    faults.push({ path: 'metrics', expected: 'nothing, because no port of a function can be reached', source });
  return faults;
}
