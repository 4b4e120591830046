import { ConfigurationError, type ConfigurationFault } from '../src/configuration-error.js';
import type { InputSettings, OutputSettings, Settings } from '../src/settings/settings.js';

/** Settings of a plugin to which records are pushed by what reads the stream and keeps its position. */
export interface PushedSettings extends Settings {
  readonly input: InputSettings;
  readonly output: OutputSettings;
}

/**
 * @param faults what is wrong for this way, a missing input or output among them
 * @throws ConfigurationError if there are any
 */
export function toPushedSettings(settings: Settings, faults: readonly ConfigurationFault[]): PushedSettings {
  const { input, output } = settings;
  if (!input || !output || faults.length > 0) throw new ConfigurationError(faults);
  return { ...settings, input: { ...input, checkpoint: { type: 'memory' } }, output };
}
