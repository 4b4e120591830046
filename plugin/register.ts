/** The way in for a host app with Winston. */
import type { SettingsOverrides } from '../src/settings/overrides.js';
import type { HostLogger, Plugin } from './api.js';
import { loadPlugin } from './load-plugin.js';

/**
 * Reads the settings and puts the plugin on a logger: with `output` set, a SnareTransport is added at once, which keeps the
 * host's own logs until the start. Nothing is opened before `start()`.
 *
 * @param logger winston's Logger
 * @param manifest path of a manifest, or its content: `{ id: 'kinesis-snare', config: {...} }`
 * @param overrides settings that take precedence over the manifest's
 * @throws ConfigurationError with all faults of the settings; TypeError for what is no logger
 */
export function register(
  logger: HostLogger,
  manifest: string | object,
  overrides: SettingsOverrides = {},
): Promise<Plugin> {
  return loadPlugin(logger, manifest, overrides);
}
