/** What a host app imports. */
export type { Fault } from '../src/faults.js';
export type { ShardPosition } from '../src/progress.js';
export type { SnareRow } from '../src/snare/row.js';
export type { PluginEvents } from './events.js';
export { type SnareFormatOptions, snareFormat } from './format.js';
export { FlowLogInput, type InputRecord } from './input.js';
export type { HostLogger } from './logger/host-logger.js';
export { ConfigurationError } from './manifest.js';
export type { Plugin } from './plugin.js';
export { register } from './register.js';
export type { Settings, SettingsInput, SettingsOverrides } from './settings.js';
export { PluginStartError } from './start-error.js';
export type { ShardStats, Stats } from './stats.js';
export { SnareTransport, type SnareTransportOptions } from './transport.js';
