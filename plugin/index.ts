/** What a host app imports. */
export type { Fault } from '../src/faults.js';
export type { LineTotals, MemoryUse, OutputStats } from '../src/output-stats.js';
export type * from '../src/report/plugin-events.js';
export type * from '../src/report/plugin-stats.js';
export type { SettingsOverrides } from '../src/settings/overrides.js';
export type * from '../src/settings/settings-types.js';
export type { ShardPosition } from '../src/shard-position.js';
export type { DataMap, SnareRow } from '../src/snare-row.js';
export type { HostLogger, MetricsRegistry, Plugin } from './api.js';
export * from './errors.js';
export { FlowLogInput, type InputRecord } from './input.js';
export { register } from './register.js';
export { type SnareFormat, type SnareFormatOptions, snareFormat } from './winston/snare-format.js';
export {
  SnareTransport,
  type SnareTransportConstructor,
  type SnareTransportOptions,
  type TransportStats,
  type TransportWarning,
} from './winston/transport-api.js';
