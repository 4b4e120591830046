/** The monitor of a loop over the records of a stream, whose rows go to the host and to no output. */
import { backgroundClock } from '../../src/clock.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import type { PluginEmitter } from '../../src/report/events.js';
import type { RunState } from '../../src/report/snapshot.js';
import { type Counters, noOutput } from '../../src/report/stats.js';
import type { InputSettings, Settings } from '../../src/settings/settings.js';
import { Monitor } from './monitor.js';

export interface MonitorLoopOptions {
  readonly settings: Settings;
  readonly input: InputSettings;
  readonly events: PluginEmitter;
  readonly pipeline: Pick<Pipeline, 'memory' | 'timings' | 'leases' | 'shards'>;
  readonly counters: Counters;
  readonly state: () => RunState;
}

export function monitorLoop({ counters, ...options }: MonitorLoopOptions): Monitor {
  const { events, pipeline } = options;
  return new Monitor({
    ...options,
    output: undefined,
    stats: () => {
      const { leases, shards } = pipeline;
      return structuredClone({ ...counters, output: noOutput, hostLogsDropped: 0, leases, shards });
    },
    clock: backgroundClock,
    onFault: (fault) => {
      counters.countFault(fault);
      events.reportFault(fault);
    },
    onRecovery: (what) => events.reportRecovery(what),
  });
}
