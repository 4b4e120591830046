/**
 * The program of `memory.test.ts`: runs the plugin of a manifest, and tells its parent, whenever asked, the most memory it
 * ever had. Arguments: path of the manifest. Stops with its parent's word, or with its parent.
 */
import winston from 'winston';
import { register, type Stats } from '../../plugin/index.js';
import { readPeakBytes } from '../bench/peak-memory.js';

export interface MemoryReport {
  readonly peakBytes: number;
  readonly stats: Stats;
}

const plugin = await register(winston.createLogger(), process.argv[2] as string);
process.on('message', async (message) => {
  if (message === 'stop') await plugin.stop();
  const report: MemoryReport = { peakBytes: readPeakBytes(), stats: plugin.stats() };
  process.send?.(report);
  if (message === 'stop') process.disconnect();
});
process.on('disconnect', () => process.exit());
await plugin.start();
