/**
 * The program of `hostile.test.ts`: a host with the plugin of a manifest, which logs hostile texts of its own, and reports to
 * its parent when it is asked. Arguments: path of the manifest, seed. Stops with its parent's word, or with its parent.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import winston from 'winston';
import { createDiagnostics } from '../../plugin/commands/diagnostics.js';
import type { Stats } from '../../plugin/index.js';
import { loadPlugin } from '../../plugin/load-plugin.js';
import { readPeakBytes } from '../bench/peak-memory.js';
import { createRandom } from '../fixtures/random.js';
import { toHostileLog, toHostileText } from './hostile-logs.js';
import { toRandom } from './hostile-records.js';

export interface HostileReport {
  readonly peakBytes: number;
  /** Longest stall of the event loop. */
  readonly stallMs: number;
  /** Longest stall in which the program itself was at work, and not others of a busy machine. */
  readonly ownStallMs: number;
  readonly hostLogs: number;
  readonly stats: Stats;
}

const [, , manifest = '', seed = '0'] = process.argv;
const random = toRandom(createRandom(Number(seed)));
const logger = winston.createLogger();
const plugin = await loadPlugin(logger, manifest);
createDiagnostics({ format: 'text', write: (line) => process.stderr.write(line) }).watch(plugin);
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
let ownStallMs = 0;
let [turnMs, turnCpu] = [performance.now(), process.cpuUsage()];
setInterval(() => {
  const { user, system } = process.cpuUsage(turnCpu);
  ownStallMs = Math.max(ownStallMs, Math.min(performance.now() - turnMs, (user + system) / 1000));
  [turnMs, turnCpu] = [performance.now(), process.cpuUsage()];
}, 10);
let hostLogs = 0;
const logging = setInterval(() => {
  hostLogs += 1;
  if (random.below(2) === 0) logger.write(toHostileText(random));
  else for (const transport of logger.transports) transport.write(toHostileLog(random));
}, 20);

process.on('message', async (message) => {
  if (message === 'stop') {
    clearInterval(logging);
    await plugin.stop();
  }
  const stallMs = delay.max / 1e6;
  const report: HostileReport = { peakBytes: readPeakBytes(), stallMs, ownStallMs, hostLogs, stats: plugin.stats() };
  process.send?.(report);
  if (message === 'stop') process.disconnect();
});
process.on('disconnect', () => process.exit());
await plugin.start();
