/** Runs one design for a while, first to warm it up and then on the clock, slice by slice. */

/** Does the next piece of work, and tells how many flow logs that was. */
export type Step = () => number | Promise<number>;

export interface Timing {
  readonly nsPerFlow: number;
  /** Of all slices. */
  readonly cpuNsPerFlow: number;
}

const slices = 24;

/**
 * @param warmUpMs of computing, as the next: on a busy machine more time has to pass for as much work
 * @param pick the slice that counts, by the nanoseconds a flow of each
 * @param turn waited for before each slice on the clock
 */
export async function measureSteps(
  step: Step,
  warmUpMs: number,
  measureMs: number,
  pick: (nsPerFlow: readonly number[]) => number,
  turn: () => Promise<unknown> = async () => {},
): Promise<Timing> {
  for (const begun = process.cpuUsage(); cpuMsSince(begun) < warmUpMs; ) await runSlice(step, warmUpMs / slices);
  const perFlow: number[] = [];
  let flows = 0;
  const begun = process.cpuUsage();
  while (cpuMsSince(begun) < measureMs) {
    await turn();
    const slice = await runSlice(step, measureMs / slices);
    perFlow.push((slice.ms * 1e6) / slice.flows);
    flows += slice.flows;
  }
  return { nsPerFlow: pick(perFlow), cpuNsPerFlow: (cpuMsSince(begun) * 1e6) / flows };
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
