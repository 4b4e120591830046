/** The cases of the whole program: by number of shards, by lines and settings, by size of records, and its start. */
import { statSync } from 'node:fs';
import { type BenchCase, inOneGo, severalTimes } from './bench-case.js';
import { type InputName, smoothInput, specOf } from './inputs.js';
import { type ProgramRun, runProgram } from './program.js';
import { readRecords } from './record-file.js';
import type { Sample } from './sample.js';
import type { Tree } from './tree.js';

export interface ProgramCaseOptions {
  readonly folder: string;
  readonly pathOf: (input: InputName) => string;
  /** Flow logs of a run: as many as the limit of AWS allows in a few seconds. */
  readonly flows: number;
  /** How often a round runs the cases with ledger and metrics and the one without. */
  readonly repeats: number;
  /** The build to measure. */
  readonly tree: Tree;
}

interface ProgramLoad {
  readonly input: InputName;
  readonly shards: number;
  /** Whether to let the processors go idle, which happens when the limit of AWS makes the program wait. */
  readonly mayIdle?: boolean;
  readonly inputSettings?: object;
  /** Whether metrics are on and read every second, and the status page every three. */
  readonly isWatched?: boolean;
  /** How many times as many flow logs a run has. */
  readonly length?: number;
  /** The case without ledger and metrics. It runs at the same time, several times in a round, and is the only one to compare with. */
  readonly bare?: string;
  /** How many processes share the shards by leases; if omitted, one reads them all, with a checkpoint file. */
  readonly processes?: number;
}

/** The read limit of AWS for a shard, in bytes per millisecond. */
const limitBytesPerMs = (2 * 1024 * 1024) / 1000;
/** A shard delivers at most about 65,000 flow logs a second. Half of this limit is enough for the compiler to warm up. */
const mostFlowsPerShard = 1_000_000;
/** More would take minutes with five flow logs in each record. With far fewer, the memory does not reach its full size. */
const mostRecords = 200_000;
/** A run with smaller records has twice the flow logs, until the limit of records, so that the memory reaches its full size. */
const smallRecord = 500;
const shardsOfMost = 16;

/** The case with which the others of 16 shards are compared. */
export const smoothProgram = `program ${shardsOfMost} shards, 2000 flows a record`;

/** With large records, and with small ones, where what each record costs shows most. */
const watchedSizes = [2000, 20] as const;
type WatchedSize = (typeof watchedSizes)[number];
const nameOf = (size: number, what: string) => `program ${shardsOfMost} shards, ${size} flows a record, ${what}`;
/** With metrics and status page: beside the ledger, and alone. */
export const watchedPrograms = watchedSizes.map((size) => nameOf(size, 'watched'));
export const watchedOnlyPrograms = watchedSizes.map((size) => nameOf(size, 'watched, without ledger'));
/** Long enough to read metrics and page several times once their code is warm. */
const watchedLength: Readonly<Record<WatchedSize, number>> = { 2000: 4, 20: 1 };

function watchedLoads(): Readonly<Record<string, ProgramLoad>> {
  const inputOf = { 2000: smoothInput, 20: 'v2-20' } as const;
  const withoutLedger = { inputSettings: { ledgerDays: 0 } };
  return Object.fromEntries(
    watchedSizes.flatMap((size): [string, ProgramLoad][] => {
      const bare = nameOf(size, 'without ledger');
      const common = { input: inputOf[size], shards: shardsOfMost, length: watchedLength[size], bare };
      return [
        [bare, { ...common, ...withoutLedger }],
        [nameOf(size, 'watched, without ledger'), { ...common, ...withoutLedger, isWatched: true }],
        [nameOf(size, 'watched'), { ...common, isWatched: true }],
      ];
    }),
  );
}

/** A process of a fleet has this part of the flow logs of one that runs alone, whatever the size of the fleet: all are equally warm. */
const fleetShare = 4;
export const fleetSizes = [1, 2, 4, 8] as const;
export const fleetName = (processes: number) => `program 64 shards, fleet of ${processes}`;
const fleetLoads = Object.fromEntries(
  fleetSizes.map((processes): [string, ProgramLoad] => [
    fleetName(processes),
    { input: smoothInput, shards: 64, processes },
  ]),
);

const healGaps = { logGroups: ['/aws/vpc/flow-logs'], healGaps: true };
const shards = shardsOfMost;
const loads: Readonly<Record<string, ProgramLoad>> = {
  [smoothProgram]: { input: smoothInput, shards },
  [`program ${shards} shards, 1 SKIPDATA a record`]: { input: 'v2-skipdata', shards },
  [`program ${shards} shards, 1 escape a record`]: { input: 'v2-escape', shards },
  [`program ${shards} shards, extractedFields in every event`]: { input: 'v2-extracted', shards },
  [`program ${shards} shards, healGaps on`]: { input: 'v2-unique', shards, inputSettings: healGaps },
  [`program ${shards} shards, mixed lines`]: { input: 'v2-mixed', shards },
  ...Object.fromEntries(
    ([5, 20, 50, 500, 5000] as const).map((size): [string, ProgramLoad] => [
      `program ${shards} shards, ${size} flows a record`,
      { input: `v2-${size}`, shards },
    ]),
  ),
  ...watchedLoads(),
  ...fleetLoads,
  'program 1 shards, 2000 flows a record': { input: smoothInput, shards: 1 },
  'program 4 shards, 2000 flows a record': { input: smoothInput, shards: 4 },
  'program 64 shards, 2000 flows a record': { input: smoothInput, shards: 64 },
  'program 64 shards, 20 flows a record': { input: 'v2-20', shards: 64 },
  'program 64 shards, 5 flows a record': { input: 'v2-5', shards: 64 },
  'program 1 shard, 2000 flows a record, on processors that sleep': { input: smoothInput, shards: 1, mayIdle: true },
};

/** Flow logs that an input without repeats needs for a run, whose records are rounded for each shard. */
export function toUniqueFlows(flows: number): number {
  return flows + shardsOfMost * specOf('v2-unique').flowsPerRecord;
}

export function createProgramCases(options: ProgramCaseOptions): readonly BenchCase[] {
  return [
    ...Object.entries(loads).map(([name, load]) => toCase(name, load, options)),
    ...[false, true].map((once) => toStart(once ? 'start run --once' : 'start run', once, options)),
  ];
}

function toCase(
  name: string,
  { input, shards, mayIdle = false, inputSettings, isWatched = false, length = 1, bare, processes }: ProgramLoad,
  { folder, pathOf, flows: mostFlows, repeats, tree }: ProgramCaseOptions,
): BenchCase {
  const measureRun = async () => {
    const { flowsPerRecord } = specOf(input);
    const flowsOfRun =
      length * (flowsPerRecord < smallRecord ? 2 * mostFlows : mostFlows) * ((processes ?? fleetShare) / fleetShare);
    const flowsPerShard = Math.min(mostFlowsPerShard, flowsOfRun / shards);
    const recordsPerShard = Math.max(
      1,
      Math.round(Math.min(flowsPerShard / flowsPerRecord, (length * mostRecords) / shards)),
    );
    const flows = recordsPerShard * flowsPerRecord * shards;
    const recordsPath = pathOf(input);
    const load = { recordsPath, shards, recordsPerShard, flows, processes };
    const run = await runProgram({ folder, ...load, isAwake: !mayIdle, inputSettings, isWatched, tree });
    return toSample(run, flows, { shards, bytesPerFlow: gzipBytesPerFlow(recordsPath, flowsPerRecord) });
  };
  const common = { group: 'program', name, input } as const;
  if (bare !== undefined) {
    return { ...common, against: { bare }, besides: bare, measure: severalTimes(repeats, measureRun) };
  }
  return {
    ...common,
    against: {
      plain: `plain ${smoothInput}`,
      smooth: smoothProgram,
      ...(processes !== undefined && { one: fleetName(1) }),
      ...(!specOf(input).isUnique && { gunzip: `gunzip ${input}` }),
    },
    measure: inOneGo(measureRun),
  };
}

function toStart(name: string, once: boolean, { folder, pathOf, tree }: ProgramCaseOptions): BenchCase {
  return {
    group: 'start',
    name,
    input: smoothInput,
    against: {},
    measure: inOneGo(async () => {
      const few = { shards: 4, recordsPerShard: 4, flows: 4 * 4 * specOf(smoothInput).flowsPerRecord };
      const run = await runProgram({ folder, recordsPath: pathOf(smoothInput), ...few, once, tree });
      const { startedMs, first, endedMs } = run;
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
