/** One thing that the benchmark measures, and what it is compared with in the same round. */
import type { InputName } from './inputs.js';
import { medianOf, medianSample, type Sample } from './sample.js';

export type Group = 'stage' | 'transform' | 'winston' | 'program' | 'start';

/** `plain`: the plain Node transform. `gunzip`: gunzip alone. `ceiling`: Winston into a transport that does nothing. */
export type Reference = 'plain' | 'gunzip' | 'ceiling';

export interface BenchCase {
  readonly group: Group;
  /** Unique; what `--only` looks into. */
  readonly name: string;
  readonly input: InputName;
  /** Names of the cases whose speed this one's is divided by. */
  readonly against: Readonly<Partial<Record<Reference, string>>>;
  /** Cases of the same name here are measured in turns, yield by yield; left out, the case has the machine for itself. */
  readonly turnsWith?: string;
  /** Yields whenever others may have a turn. */
  readonly measure: () => AsyncGenerator<void, Sample>;
}

/** A measurement that gives nobody a turn before its end. */
export function inOneGo(measure: () => Promise<Sample>): BenchCase['measure'] {
  // biome-ignore lint/correctness/useYield: it has none to give
  return async function* () {
    return await measure();
  };
}

export interface BenchResult {
  readonly group: Group;
  readonly name: string;
  readonly input: InputName;
  /** Medians over the rounds. */
  readonly figures: Sample;
  /** Speed as a multiple of another case's: the median of the rounds' ratios, so that a slow spell of the machine falls on both. */
  readonly ratios: Ratios;
  /** The same by the time that was computed, which other programs on the machine do not lengthen as much. */
  readonly cpuRatios: Ratios;
}

export type Ratios = Readonly<Partial<Record<Reference, number>>>;

/** The cases whose name has the text in it, with those they are compared with. */
export function selectCases(cases: readonly BenchCase[], text: string): readonly BenchCase[] {
  const chosen = cases.filter(({ name }) => name.includes(text));
  const needed = new Set(chosen.flatMap(({ name, against }) => [name, ...Object.values(against)]));
  return cases.filter(({ name }) => needed.has(name));
}

/** Team after team of cases that take turns, and all of them again for each round. */
export async function measureRounds(
  cases: readonly BenchCase[],
  rounds: number,
  onSample: (benchCase: BenchCase, round: number, sample: Sample) => void,
): Promise<readonly BenchResult[]> {
  const samples = new Map<string, Sample[]>(cases.map(({ name }) => [name, []]));
  const teamOf = ({ name, turnsWith }: BenchCase) => turnsWith ?? name;
  const teams = [...new Set(cases.map(teamOf))].map((team) => cases.filter((benchCase) => teamOf(benchCase) === team));
  for (let round = 1; round <= rounds; round++) {
    for (const team of teams) {
      await takeTurns(team, (benchCase, sample) => {
        samples.get(benchCase.name)?.push(sample);
        onSample(benchCase, round, sample);
      });
    }
  }
  return cases.map((benchCase) => toResult(benchCase, samples));
}

async function takeTurns(
  team: readonly BenchCase[],
  onSample: (benchCase: BenchCase, sample: Sample) => void,
): Promise<void> {
  const running = new Map(team.map((benchCase) => [benchCase, benchCase.measure()]));
  try {
    while (running.size > 0) {
      for (const [benchCase, measuring] of running) {
        const { done, value } = await measuring.next();
        if (!done) continue;
        running.delete(benchCase);
        onSample(benchCase, value);
      }
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
