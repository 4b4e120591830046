/** The API for a host app with Winston. */
import type { SettingsOverrides } from '../src/settings/overrides.js';
import type { HostLogger, Plugin } from './api.js';
import { loadPlugin } from './load-plugin.js';

/**
 * Reads the settings and attaches the plugin to a logger. If `output` is set, this adds a SnareTransport at once, which keeps
 * the host's own logs until the start. Nothing is opened before `start()`.
 *
 * @param logger a Logger of winston
 * @param manifest path of a manifest, or its content: `{ id: 'kinesis-snare', config: {...} }`
 * @param overrides settings that take precedence over the manifest
 * @throws ConfigurationError with all faults of the settings; TypeError if `logger` is not a logger
 */
export function register(
  logger: HostLogger,
  manifest: string | object,
  overrides: SettingsOverrides = {},
): Promise<Plugin> {
  return loadPlugin(logger, manifest, overrides);
}
