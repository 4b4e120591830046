/** One case of the benchmark, and the cases of the same round with which it is compared. */
import type { InputName } from './inputs.js';
import { meanSample, medianOf, medianSample, type Sample } from './sample.js';

/** `other`: a case of another group, in the build of another checkout. */
export type Group = 'stage' | 'transform' | 'winston' | 'program' | 'start' | 'other';

/**
 * - `plain`: the plain Node transform
 * - `gunzip`: gunzip alone, of the same records
 * - `ceiling`: Winston into a transport that does nothing
 * - `smooth`: the same with 2,000 common flow logs a record
 * - `bare`: the same without ledger and metrics
 * - `one`: the same with one process
 * - `other`: the same in the build of another checkout
 */
export type Reference = 'plain' | 'gunzip' | 'ceiling' | 'smooth' | 'bare' | 'one' | 'other';

export interface BenchCase {
  readonly group: Group;
  /** Unique; `--only` searches in it. */
  readonly name: string;
  readonly input: InputName;
  /** Names of the cases by whose speed the speed of this one is divided. */
  readonly against: Readonly<Partial<Record<Reference, string>>>;
  /** Cases with the same name here take turns, from yield to yield. Without this and the next, the case runs alone on the machine. */
  readonly turnsWith?: string;
  /** Cases with the same name here run at the same time; at a yield, each waits for all others. */
  readonly besides?: string;
  /** Yields whenever other cases may take a turn, or have to be waited for. */
  readonly measure: () => AsyncGenerator<void, Sample>;
}

/** A measurement that runs to its end without yielding. */
export function inOneGo(measure: () => Promise<Sample>): BenchCase['measure'] {
  return severalTimes(1, measure);
}

/** A measurement that runs several times with a yield between; its figures are the means. */
export function severalTimes(times: number, measure: () => Promise<Sample>): BenchCase['measure'] {
  return async function* () {
    const samples = [await measure()];
    while (samples.length < times) {
      yield;
      samples.push(await measure());
    }
    return meanSample(samples);
  };
}

export interface BenchResult {
  readonly group: Group;
  readonly name: string;
  readonly input: InputName;
  /** The medians over the rounds. */
  readonly figures: Sample;
  /**
   * Speed as a multiple of that of another case: the median of the ratios of each round, because a slow phase of the machine
   * affects both cases of a round.
   */
  readonly ratios: Ratios;
  /** The same for CPU time, which other programs on the machine affect less. */
  readonly cpuRatios: Ratios;
}

export type Ratios = Readonly<Partial<Record<Reference, number>>>;

/** The cases whose name contains the text, with those they are compared with. */
export function selectCases(cases: readonly BenchCase[], text: string): readonly BenchCase[] {
  const chosen = cases.filter(({ name }) => name.includes(text));
  const needed = new Set(chosen.flatMap(({ name, against }) => [name, ...Object.values(against)]));
  return cases.filter(({ name }) => needed.has(name));
}

/** Runs one team after the other; the cases of a team take turns, or run at the same time. Repeats all of them for each round. */
export async function measureRounds(
  cases: readonly BenchCase[],
  rounds: number,
  onSample: (benchCase: BenchCase, round: number, sample: Sample) => void,
): Promise<readonly BenchResult[]> {
  const samples = new Map<string, Sample[]>(cases.map(({ name }) => [name, []]));
  const teamOf = ({ name, turnsWith, besides }: BenchCase) => turnsWith ?? besides ?? name;
  const teams = [...new Set(cases.map(teamOf))].map((team) => cases.filter((benchCase) => teamOf(benchCase) === team));
  for (let round = 1; round <= rounds; round++) {
    for (const team of teams) {
      await measureTeam(team, (benchCase, sample) => {
        samples.get(benchCase.name)?.push(sample);
        onSample(benchCase, round, sample);
      });
    }
  }
  return cases.map((benchCase) => toResult(benchCase, samples));
}

async function measureTeam(
  team: readonly BenchCase[],
  onSample: (benchCase: BenchCase, sample: Sample) => void,
): Promise<void> {
  const running = new Map(team.map((benchCase) => [benchCase, benchCase.measure()]));
  const step = async (benchCase: BenchCase, measuring: AsyncGenerator<void, Sample>) => {
    const { done, value } = await measuring.next();
    if (!done) return;
    running.delete(benchCase);
    onSample(benchCase, value);
  };
  const isAtOnce = team.some(({ besides }) => besides !== undefined);
  try {
    while (running.size > 0) {
      if (isAtOnce) await Promise.all(Array.from(running, (entry) => step(...entry)));
      else for (const entry of running) await step(...entry);
    }
  } finally {
    for (const measuring of running.values()) await measuring.return({});
  }
}

function toResult(
  { group, name, input, against }: BenchCase,
  samples: ReadonlyMap<string, readonly Sample[]>,
): BenchResult {
  const own = samples.get(name) ?? [];
  const toRatios = (figure: 'nsPerFlow' | 'cpuNsPerFlow'): Ratios =>
    Object.fromEntries(
      Object.entries(against).map(([reference, other]) => {
        const others = samples.get(other) ?? [];
        const perRound = own.map((sample, round) => divide(others[round]?.[figure], sample[figure]));
        return [reference, medianOf(perRound)];
      }),
    );
  return {
    group,
    name,
    input,
    figures: medianSample(own),
    ratios: toRatios('nsPerFlow'),
    cpuRatios: toRatios('cpuNsPerFlow'),
  };
}

function divide(dividend = Number.NaN, divisor = Number.NaN): number {
  return dividend / divisor;
}
