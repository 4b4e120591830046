/** The performance promises of this project, and whether the run confirms them. A promise that was not measured is left out. */
import type { BenchResult } from './bench-case.js';
import { listCliffs } from './cliff-promises.js';
import { fleetName, fleetSizes, smoothProgram, watchedOnlyPrograms, watchedPrograms } from './program-cases.js';
import { formatTable, number, ratio, share } from './result-tables.js';
import type { Sample } from './sample.js';

export interface Promised {
  readonly what: string;
  readonly atLeast: string;
  readonly measured: string;
  readonly isMet: boolean;
}

const mostPeakBytes = 256e6;
const longestFirstRowMs = 1500;
/** The definition of "flat": the ratio of the most expensive flow log of a curve to the cheapest. */
const flatWithin = 1.5;
const fleetWithin = 1.15;
const shardCurve = [1, 4, 16, 64].map((count) => `program ${count} shards, 2000 flows a record`);

export function listPromises(results: readonly BenchResult[]): readonly Promised[] {
  const find = (name: string) => results.find((result) => result.name === name);
  return [
    ...toTransform(find('transform v2 snare')),
    ...['snare-tab', 'raw'].flatMap((format) => toFaster(find(`transform v2 ${format}`), find('transform v2 snare'))),
    ...toRatio('Whole program, 16 shards, of the plain transform alone', find(smoothProgram), 2.5),
    ...listCliffs(find),
    ...toCeiling('json', find('winston json acknowledged, confirm closed')),
    ...toSequence(
      'untouched',
      find('winston untouched acknowledged, confirm closed'),
      find('winston untouched ceiling'),
      find('transform v2 snare'),
    ),
    ...watchedPrograms.flatMap((name) => toWatched(`Ledger, ${watching}`, 0.97, find(name))),
    ...watchedOnlyPrograms.flatMap((name) => toWatched(`Only ${watching}`, 0.98, find(name))),
    ...toFleet(fleetSizes.map((processes) => find(fleetName(processes)))),
    ...toMemory(results.filter(({ group, name }) => group === 'program' || name.includes('acknowledged'))),
    ...['start run', 'start run --once'].flatMap((name) => toStart(name, find(name)?.figures)),
    ...toFlat('Cost of a flow, 1 to 64 shards, on processors that are awake', shardCurve.map(find)),
  ];
}

export function formatPromises(promises: readonly Promised[]): string {
  if (promises.length === 0) return '';
  return formatTable([
    ['must show', 'wanted', 'measured', ''],
    ...promises.map(({ what, atLeast, measured, isMet }) => [what, atLeast, measured, isMet ? 'met' : 'NOT met']),
  ]);
}

function toTransform(result: BenchResult | undefined): Promised[] {
  const ofGunzip = result?.ratios.gunzip;
  return [
    ...toRatio('Whole transform, record to `snare` lines, of the plain transform', result, 6),
    ...(ofGunzip === undefined
      ? []
      : [
          {
            what: 'The same, of gunzip alone',
            atLeast: '35 %',
            measured: `${share(ofGunzip)} (by CPU ${share(result?.cpuRatios.gunzip)})`,
            isMet: ofGunzip >= 0.35,
          },
        ]),
  ];
}

function toRatio(what: string, result: BenchResult | undefined, atLeast: number): Promised[] {
  const measured = result?.ratios.plain;
  if (measured === undefined) return [];
  const byCpu = `${ratio(measured)} times (by CPU ${ratio(result?.cpuRatios.plain)})`;
  return [{ what, atLeast: `${atLeast} times`, measured: byCpu, isMet: measured >= atLeast }];
}

function toFaster(own: BenchResult | undefined, snare: BenchResult | undefined): Promised[] {
  const [ownNs, snareNs] = [own?.figures.nsPerFlow, snare?.figures.nsPerFlow];
  if (own === undefined || ownNs === undefined || snareNs === undefined) return [];
  const measured = `${number(ownNs)} ns against ${number(snareNs)}`;
  return [{ what: `${own.name} is faster still`, atLeast: 'less than `snare`', measured, isMet: ownNs < snareNs }];
}

function toCeiling(format: string, result: BenchResult | undefined): Promised[] {
  const measured = result?.ratios.ceiling;
  if (measured === undefined) return [];
  const what = `Through Winston with acknowledgements, logger format ${format}, of its ceiling`;
  const text = `${share(measured)} (by CPU ${share(result?.cpuRatios.ceiling)})`;
  return [{ what, atLeast: '60 %', measured: text, isMet: measured >= 0.6 }];
}

/** Of Winston with a format that does nothing, and the transform, one after the other: the plugin does the work of both. */
function toSequence(
  format: string,
  own: BenchResult | undefined,
  ceiling: BenchResult | undefined,
  transform: BenchResult | undefined,
): Promised[] {
  const costs = [own, ceiling, transform].flatMap((result) => result?.figures.cpuNsPerFlow ?? []);
  const [ownNs, ceilingNs, transformNs] = costs;
  if (ownNs === undefined || ceilingNs === undefined || transformNs === undefined) return [];
  const speed = (ceilingNs + transformNs) / ownNs;
  return [
    {
      what: `Through Winston with acknowledgements, logger format ${format}, of Winston and the transform in sequence`,
      atLeast: '50 %',
      measured: `${share(speed)} by CPU: ${number(ownNs)} ns against ${number(ceilingNs)} and ${number(transformNs)}`,
      isMet: speed >= 0.5,
    },
  ];
}

const watching = 'metrics read every second and status page read every three';

/** By CPU time: programs that run at the same time share the processors, so their speed says little of what each costs. */
function toWatched(what: string, atLeast: number, result: BenchResult | undefined): Promised[] {
  const byCpu = result?.cpuRatios.bare;
  if (byCpu === undefined) return [];
  return [
    {
      what: `${what}, of without: ${result?.name}`,
      atLeast: `${share(atLeast)} by CPU`,
      measured: `${share(byCpu)} by CPU (by speed ${share(result?.ratios.bare)})`,
      isMet: byCpu >= atLeast,
    },
  ];
}

/** By the CPU time of all processes together. */
function toFleet(fleets: readonly (BenchResult | undefined)[]): Promised[] {
  const costs = fleets.flatMap((fleet) => {
    const speed = fleet?.cpuRatios.one;
    return speed === undefined ? [] : 1 / speed;
  });
  if (costs.length < fleets.length) return [];
  return [
    {
      what: `Cost of a flow on 64 shards, in a fleet of ${fleetSizes.join(', ')} processes, of one process`,
      atLeast: `within ${fleetWithin} times by CPU`,
      measured: `${costs.map(ratio).join(', ')} times`,
      isMet: Math.max(...costs) <= fleetWithin,
    },
  ];
}

function toMemory(loads: readonly BenchResult[]): Promised[] {
  const peaks = loads.flatMap(({ figures, name }) => (figures.peakBytes ? [{ name, bytes: figures.peakBytes }] : []));
  const [most] = peaks.toSorted((left, right) => right.bytes - left.bytes);
  if (!most) return [];
  const measured = `at most ${number(most.bytes / 1e6)} MB (${most.name})`;
  return [
    {
      what: 'Memory under full load, in every row of the program and of Winston with acknowledgements',
      atLeast: 'below 256 MB',
      measured,
      isMet: most.bytes < mostPeakBytes,
    },
  ];
}

function toStart(what: string, figures: Sample | undefined): Promised[] {
  const ms = figures?.firstRowMs;
  if (ms === undefined) return [];
  const measured = `${number(ms)} ms`;
  return [{ what: `First row after \`${what}\``, atLeast: '1,500 ms', measured, isMet: ms <= longestFirstRowMs }];
}

/** By CPU time, because with few shards only the limit of AWS determines the speed. */
function toFlat(what: string, curve: readonly (BenchResult | undefined)[]): Promised[] {
  const costs = curve.flatMap((result) => result?.figures.cpuNsPerFlow ?? []);
  if (costs.length < curve.length) return [];
  const times = Math.max(...costs) / Math.min(...costs);
  const measured = `${costs.map(number).join(', ')} ns of CPU: ${ratio(times)} times`;
  return [{ what, atLeast: `flat: within ${flatWithin} times`, measured, isMet: times <= flatWithin }];
}
