/** The way in for a host app with Winston. */

import type { SettingsOverrides } from '../src/settings/overrides.js';
import { loadSettings } from './manifest/manifest.js';
import { Plugin } from './plugin.js';
import { type HostLogger, requireLogger } from './winston/host-logger.js';
import { LoggerOutputs } from './winston/logger-outputs.js';

/**
 * Reads the settings and puts the plugin on a logger: with `output` set, a SnareTransport is added at once, which keeps the
 * host's own logs until the start. Nothing is opened before `start()`.
 *
 * @param logger winston's Logger
 * @param manifest path of a manifest, or its content: `{ id: 'kinesis-snare', config: {...} }`
 * @param overrides settings that take precedence over the manifest's
 * @throws ConfigurationError with all faults of the settings; TypeError for what is no logger
 */
export async function register(
  logger: HostLogger,
  manifest: string | object,
  overrides: SettingsOverrides = {},
): Promise<Plugin> {
  requireLogger(logger);
  const { settings } = loadSettings(manifest, overrides);
  return new Plugin(settings, (wiring) => new LoggerOutputs(settings, logger, wiring));
}
