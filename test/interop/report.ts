/** Runs cases and reports each in TAP, as AVA does in continuous integration. */
import { UnavailableError } from './programs.js';

export interface Case {
  readonly name: string;
  /** Whether it may be skipped also where nothing else may: its program is in no registry of packages. */
  readonly isOptional?: boolean;
  /** Resolves with what is worth telling; rejects when it failed, with an `UnavailableError` when it could not be run. */
  run(): Promise<string>;
}

export interface ReportOptions {
  /** Part of the names of those that are run. */
  readonly only: string;
  /** What cannot be run has failed, unless it is optional. */
  readonly isStrict: boolean;
  /** How many run at a time. */
  readonly atATime: number;
}

interface Result {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What is worth telling, or why it failed or was skipped. */
  readonly detail: string;
}

/** Resolves with true when nothing failed and something was run or skipped. */
export async function runCases(cases: readonly Case[], { only, isStrict, atATime }: ReportOptions): Promise<boolean> {
  const waiting = cases.filter(({ name }) => name.includes(only));
  const results: Result[] = [];
  const runNext = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await runCase(next, isStrict));
  };
  await Promise.all(Array.from({ length: atATime }, runNext));
  console.log('TAP version 13');
  for (const [index, result] of results.entries()) console.log(formatResult(result, index + 1));
  console.log(`1..${results.length}`);
  const count = (wanted: Result['outcome']) => results.filter(({ outcome }) => outcome === wanted).length;
  console.log(`# ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  return count('failed') === 0 && results.length > 0;
}

function formatResult({ name, outcome, detail }: Result, number: number): string {
  const line = `${outcome === 'failed' ? 'not ok' : 'ok'} ${number} - interop › ${name}`;
  if (outcome === 'skipped') return `${line} # SKIP ${detail}`;
  return detail ? `${line}\n  ---\n    message: ${JSON.stringify(detail)}\n  ...` : line;
}

async function runCase({ name, isOptional = false, run }: Case, isStrict: boolean): Promise<Result> {
  try {
    return { name, outcome: 'passed', detail: await run() };
  } catch (error) {
    const outcome = error instanceof UnavailableError && (isOptional || !isStrict) ? 'skipped' : 'failed';
    return { name, outcome, detail: (error as Error).message };
  }
}
