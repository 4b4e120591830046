/** The plugin behind `register`, for the commands and tests of this package, which wait until everything is read. */
import type { SettingsOverrides } from '../src/settings/overrides.js';
import type { HostLogger } from './api.js';
import { loadSettings } from './manifest/manifest.js';
import { Plugin } from './plugin.js';
import { requireLogger } from './winston/host-logger.js';
import { LoggerOutputs } from './winston/logger-outputs.js';

/** Does the same as `register`. */
export async function loadPlugin(
  logger: HostLogger,
  manifest: string | object,
  overrides: SettingsOverrides = {},
): Promise<Plugin> {
  requireLogger(logger);
  const { settings } = loadSettings(manifest, overrides);
  return new Plugin(settings, (wiring) => new LoggerOutputs(settings, logger, wiring));
}
