/**
 * What odd lines, settings and small records may cost, beside smooth streams: by CPU time, since other programs and the limit of
 * AWS affect it less. Small records, and events that are twice as long, cost gunzip alone more too, so they are compared with it.
 */
import type { BenchResult } from './bench-case.js';
import type { Promised } from './must-show.js';
import { smoothProgram } from './program-cases.js';
import { ratio, timesSmooth } from './result-tables.js';

type Find = (name: string) => BenchResult | undefined;

const mostTimesSmooth: Readonly<Record<string, number>> = {
  '1 SKIPDATA a record': 1.2,
  '1 escape a record': 1.2,
  'healGaps on': 1.2,
  'mixed lines': 1.4,
  '20 flows a record': 2,
};
/** Beside the ratio of gunzip alone, for the same records. */
const mostTimesGunzip = [
  { load: '5 flows a record', input: 'v2-5', most: 1.2 },
  { load: 'extractedFields in every event', input: 'v2-extracted', most: 1 },
] as const;

export function listCliffs(find: Find): readonly Promised[] {
  return [
    ...Object.entries(mostTimesSmooth).flatMap(([load, most]) => toCliff(load, most, find)),
    ...mostTimesGunzip.flatMap(({ load, input, most }) => toCliffOfGunzip(load, most, find(`gunzip ${input}`), find)),
  ];
}

const programOf = (load: string) => smoothProgram.replace('2000 flows a record', load);

function toCliff(load: string, most: number, find: Find): Promised[] {
  const times = timesSmooth(find(programOf(load)));
  if (times === undefined) return [];
  return [
    {
      what: `Cost of a flow, ${load}, beside 2,000 common ones`,
      atLeast: `at most ${most} times`,
      measured: `${ratio(times)} times by CPU`,
      isMet: times <= most,
    },
  ];
}

function toCliffOfGunzip(load: string, most: number, gunzip: BenchResult | undefined, find: Find): Promised[] {
  const [times, timesOfGunzip] = [timesSmooth(find(programOf(load))), timesSmooth(gunzip)];
  if (times === undefined || timesOfGunzip === undefined) return [];
  return [
    {
      what: `Cost of a flow, ${load}, beside 2,000 common ones`,
      atLeast: most === 1 ? 'at most as gunzip alone' : `at most ${most} times the ratio of gunzip alone`,
      measured: `${ratio(times)} times by CPU; gunzip alone ${ratio(timesOfGunzip)} times`,
      isMet: times <= most * timesOfGunzip,
    },
  ];
}
