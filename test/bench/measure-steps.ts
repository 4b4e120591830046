/** Runs one design for a while, first to warm it up and then on the clock, slice by slice. */
import { medianOf } from './sample.js';

/** Does the next piece of work, and tells how many flow logs that was. */
export type Step = () => number | Promise<number>;

export interface Timing {
  /** Of the median slice, so that a pause of the machine does not count. */
  readonly nsPerFlow: number;
  readonly cpuNsPerFlow: number;
}

const slices = 8;

export async function measureSteps(step: Step, warmUpMs: number, measureMs: number): Promise<Timing> {
  await runSlice(step, warmUpMs);
  const perFlow: number[] = [];
  let flows = 0;
  const cpuBefore = process.cpuUsage();
  for (let slice = 0; slice < slices; slice++) {
    const result = await runSlice(step, measureMs / slices);
    perFlow.push((result.ms * 1e6) / result.flows);
    flows += result.flows;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { nsPerFlow: medianOf(perFlow), cpuNsPerFlow: ((user + system) * 1000) / flows };
}

async function runSlice(step: Step, leastMs: number): Promise<{ readonly ms: number; readonly flows: number }> {
  const startMs = performance.now();
  let flows = 0;
  let ms = 0;
  while (ms < leastMs) {
    const done = step();
    // A design that needs no turn of the event loop must not pay for one.
    flows += typeof done === 'number' ? done : await done;
    ms = performance.now() - startMs;
  }
  return { ms, flows };
}
