/** What a host app imports. */
export type { Fault } from '../src/faults.js';
export type { ShardPosition } from '../src/progress.js';
export type * from '../src/report/plugin-events.js';
export type * from '../src/report/plugin-stats.js';
export type { SettingsOverrides } from '../src/settings/overrides.js';
export type * from '../src/settings/settings-types.js';
export type { SnareRow } from '../src/snare-row.js';
export * from './errors.js';
export { FlowLogInput, type InputRecord } from './input.js';
export type { Plugin } from './plugin.js';
export { register } from './register.js';
export type { HostLogger } from './winston/host-logger.js';
export { type SnareFormatOptions, snareFormat } from './winston/snare-format.js';
export { SnareTransport, type SnareTransportOptions } from './winston/snare-transport.js';
