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

/** Both times are of computing: on a busy machine more time has to pass for as much work. */
export async function measureSteps(step: Step, warmUpMs: number, measureMs: number): Promise<Timing> {
  for (const begun = process.cpuUsage(); cpuMsSince(begun) < warmUpMs; ) await runSlice(step, warmUpMs / slices);
  const perFlow: number[] = [];
  let flows = 0;
  const begun = process.cpuUsage();
  while (cpuMsSince(begun) < measureMs) {
    const slice = await runSlice(step, measureMs / slices);
    perFlow.push((slice.ms * 1e6) / slice.flows);
    flows += slice.flows;
  }
  return { nsPerFlow: medianOf(perFlow), cpuNsPerFlow: (cpuMsSince(begun) * 1e6) / flows };
}

function cpuMsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
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
