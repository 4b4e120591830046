/** Runs one design: first to warm it up, then slice by slice while it is measured. */

/** Does the next piece of work and returns the number of its flow logs. */
export type Step = () => number | Promise<number>;

export interface Timing {
  readonly nsPerFlow: number;
  /** Over all slices. */
  readonly cpuNsPerFlow: number;
}

const slices = 24;

/**
 * @param warmUpMs in CPU time, like the next parameter: on a busy machine the same work takes more wall time
 * @param pick chooses the slice that counts, from the nanoseconds for each flow log of all slices
 * @param turn awaited before each measured slice
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
    // A design that does not need the event loop must not pay for a turn of it.
    flows += typeof done === 'number' ? done : await done;
    ms = performance.now() - startMs;
  }
  return { ms, flows };
}
