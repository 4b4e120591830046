/** Runs cases and reports each on a line as AVA reports a test, so that whoever counts finds them alike. */
import { UnavailableError } from './programs.js';

export interface Case {
  readonly name: string;
  /** Resolves with what is worth telling; rejects when it failed, with an `UnavailableError` when it could not be run. */
  run(): Promise<string>;
}

export interface ReportOptions {
  /** Part of the names of those that are run. */
  readonly only: string;
  /** What cannot be run has failed. */
  readonly isStrict: boolean;
  /** How many run at a time. */
  readonly atATime: number;
}

interface Result {
  readonly name: string;
  readonly mark: keyof typeof marks;
  readonly told: string;
}

const marks = { passed: '✔', failed: '✘ [fail]:', skipped: '- [skip]' } as const;

/** Resolves with true when nothing failed and something was run or skipped. */
export async function runCases(cases: readonly Case[], { only, isStrict, atATime }: ReportOptions): Promise<boolean> {
  const waiting = cases.filter(({ name }) => name.includes(only));
  const results: Result[] = [];
  const runNext = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await runCase(next, isStrict));
  };
  await Promise.all(Array.from({ length: atATime }, runNext));
  console.log();
  for (const { name, mark, told } of results) console.log(`  ${marks[mark]} interop › ${name}${told && `: ${told}`}`);
  const count = (wanted: keyof typeof marks) => results.filter(({ mark }) => mark === wanted).length;
  console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  return count('failed') === 0 && results.length > 0;
}

async function runCase({ name, run }: Case, isStrict: boolean): Promise<Result> {
  try {
    return { name, mark: 'passed', told: await run() };
  } catch (error) {
    const mark = error instanceof UnavailableError && !isStrict ? 'skipped' : 'failed';
    return { name, mark, told: (error as Error).message };
  }
}
