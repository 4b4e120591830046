/** The cases of the whole program: by number of shards, by size of records, and its start. */
import { statSync } from 'node:fs';
import { type BenchCase, inOneGo } from './bench-case.js';
import { type InputName, specOf } from './inputs.js';
import { type ProgramRun, runProgram } from './program.js';
import { readRecords } from './record-file.js';
import type { Sample } from './sample.js';

export interface ProgramCaseOptions {
  readonly folder: string;
  readonly pathOf: (input: InputName) => string;
  /** Flow logs of a run: as many as the limit of AWS allows in a few seconds. */
  readonly flows: number;
  /** Whether to keep the processors from going idle, which happens when the limit of AWS makes the program wait. */
  readonly isAwake?: boolean;
}

/** The read limit of AWS for a shard, in bytes per millisecond. */
const limitBytesPerMs = (2 * 1024 * 1024) / 1000;
/** A shard delivers at most about 65,000 flow logs a second. Half of this limit is enough for the compiler to warm up. */
const mostFlowsPerShard = 1_000_000;
/** More would take minutes with five flow logs in each record. With far fewer, the memory does not reach its full size. */
const mostRecords = 200_000;
const shardsOfSizes = 16;

export function createProgramCases(options: ProgramCaseOptions): readonly BenchCase[] {
  const awake = { ...options, isAwake: true };
  const shards = [1, 4, 16, 64].map((count) =>
    toCase(`program ${count} shards, 2000 flows a record`, 'v2', count, awake),
  );
  const sleepy = toCase('program 1 shard, 2000 flows a record, on processors that sleep', 'v2', 1, options);
  const sizes = ([5, 50, 500, 5000] as const).map((size) =>
    toCase(`program ${shardsOfSizes} shards, ${size} flows a record`, `v2-${size}`, shardsOfSizes, awake),
  );
  const starts = [toStart('start run', false, options), toStart('start run --once', true, options)];
  return [...shards, sleepy, ...sizes, ...starts];
}

function toCase(name: string, input: InputName, shards: number, options: ProgramCaseOptions): BenchCase {
  const { folder, isAwake = false } = options;
  return {
    group: 'program',
    name,
    input,
    against: { plain: 'plain v2' },
    measure: inOneGo(async () => {
      const { flowsPerRecord } = specOf(input);
      const flowsPerShard = Math.min(mostFlowsPerShard, options.flows / shards);
      const recordsPerShard = Math.max(1, Math.round(Math.min(flowsPerShard / flowsPerRecord, mostRecords / shards)));
      const flows = recordsPerShard * flowsPerRecord * shards;
      const recordsPath = options.pathOf(input);
      const run = await runProgram({ folder, recordsPath, shards, recordsPerShard, flows, isAwake });
      return toSample(run, flows, { shards, bytesPerFlow: gzipBytesPerFlow(recordsPath, flowsPerRecord) });
    }),
  };
}

function toStart(name: string, once: boolean, { folder, pathOf }: ProgramCaseOptions): BenchCase {
  return {
    group: 'start',
    name,
    input: 'v2',
    against: {},
    measure: inOneGo(async () => {
      const few = { shards: 4, recordsPerShard: 4, flows: 4 * 4 * specOf('v2').flowsPerRecord };
      const { startedMs, first, endedMs } = await runProgram({ folder, recordsPath: pathOf('v2'), ...few, once });
      return { firstRowMs: first.atMs - startedMs, ...(once && { endMs: endedMs - startedMs }) };
    }),
  };
}

/** The speed covers the time from the first row to the last. CPU time for a flow log covers the second half, which is warm. */
function toSample(
  { first, half, last, halfUsage, lastUsage }: ProgramRun,
  flows: number,
  { shards, bytesPerFlow }: { readonly shards: number; readonly bytesPerFlow: number },
): Sample {
  const ms = last.atMs - first.atMs;
  return {
    nsPerFlow: (ms * 1e6) / (flows - first.lines),
    cpuNsPerFlow: ((lastUsage.cpuMs - halfUsage.cpuMs) * 1e6) / (last.lines - half.lines),
    peakBytes: lastUsage.peakBytes,
    limitShare: (flows * bytesPerFlow) / ms / (shards * limitBytesPerMs),
  };
}

function gzipBytesPerFlow(path: string, flowsPerRecord: number): number {
  const count = readRecords(path).length;
  return (statSync(path).size - 4 * count) / (count * flowsPerRecord);
}
