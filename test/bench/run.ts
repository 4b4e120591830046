/**
 * `npm run bench [-- --only TEXT] [--runs N] [--quick] [--json] [--write] [--seed N] [--against FOLDER]`: measures all cases in
 * several rounds and prints the tables. `--only` selects the cases whose name contains the text. `--quick` is for trying out a
 * change. `--write` puts the tables into docs/performance.md. `--against` measures another checkout, which is built, in turns
 * with this one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seed as randomSeed } from '../fixtures/random.js';
import { type BenchCase, measureRounds, selectCases } from './bench-case.js';
import { pairCases } from './comparison.js';
import { createDesignCases } from './design-cases.js';
import { type InputName, inputSpecs, makeInput, specOf } from './inputs.js';
import { createProgramCases, toUniqueFlows } from './program-cases.js';
import { writeRecords } from './record-file.js';
import { formatReport } from './report.js';
import type { Sample } from './sample.js';
import { inputsOf, openTree, type Tree, thisTree } from './tree.js';
import { createWinstonCases } from './winston-cases.js';
import { writeReport } from './write-report.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    seed: { type: 'string' },
    against: { type: 'string' },
  },
});
const { only, quick, json, write, against } = values;
if (write && (quick || only !== '' || against !== undefined)) {
  throw new Error('--write takes a whole run, without --only, --quick and --against');
}
const runs = toWholeNumber('--runs', values.runs ?? (quick ? '1' : '3'));
const seed = toWholeNumber('--seed', values.seed ?? String(randomSeed));

const otherLoad = loadavg()[0] ?? 0;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const pathOf = (input: InputName) => join(folder, `${input}.records`);
const programFlows = quick ? 300_000 : 1_500_000;
/** Two runs of the same program differ by more than the ledger and the metrics cost, even at the same time. */
const repeats = quick ? 1 : 5;
const cases = selectCases(
  against === undefined ? createCases(thisTree) : pairCases(createCases(thisTree), await createOtherCases(against)),
  only,
);
if (cases.length === 0) throw new Error(`--only must be a part of a case's name, not '${only}'`);
process.stderr.write(`seed ${seed}, ${runs} runs of ${cases.length} cases\n`);
for (const spec of inputSpecs.filter(({ name }) => cases.some(({ input }) => input === name))) {
  const flows = specOf(spec.name).isUnique ? toUniqueFlows(programFlows) : quick ? 20_000 : 60_000;
  writeRecords(pathOf(spec.name), makeInput(spec, seed, flows).records);
}
const results = await measureRounds(cases, runs, tell);
const report = { date: new Date().toISOString().slice(0, 10), runs, seed, otherLoad, results };
process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${formatReport(report)}\n`);

if (write) writeReport(report);

function createCases(tree: Tree): readonly BenchCase[] {
  const times = { tree, pathOf, warmUpMs: quick ? 300 : 500, measureMs: quick ? 400 : 1000 };
  const flowingTimes = { tree, pathOf, warmUpMs: quick ? 1000 : 1500, measureMs: quick ? 1500 : 3000 };
  return [
    ...createDesignCases(times),
    ...createWinstonCases(flowingTimes),
    ...createProgramCases({ tree, folder, pathOf, flows: programFlows, repeats }),
  ];
}

/**
 * Without the baseline, which is no part of the product, the inputs that the other build does not know, and the cases that
 * compare settings of one build, such as the ledger or a fleet: another may not know them either.
 */
async function createOtherCases(checkout: string): Promise<readonly BenchCase[]> {
  const tree = openTree(checkout);
  const known = await inputsOf(tree);
  const others = createCases(tree);
  const withinOneBuild = new Set(
    others.flatMap(({ name, against: { bare, one } }) => ((bare ?? one) === undefined ? [] : [name, bare ?? one])),
  );
  return others.filter(({ group, name, input }) => {
    const isDesign = group === 'stage' || group === 'transform';
    return !name.startsWith('plain') && !withinOneBuild.has(name) && (!isDesign || known.has(input));
  });
}

/** Prints a line for each finished case, because the whole run takes minutes. */
function tell({ name }: BenchCase, round: number, { nsPerFlow, firstRowMs }: Sample): void {
  const figure = nsPerFlow === undefined ? `${Math.round(firstRowMs ?? 0)} ms` : `${Math.round(nsPerFlow)} ns a flow`;
  process.stderr.write(`${round}/${runs}  ${name.padEnd(40)} ${figure}\n`);
}

function toWholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} must be a whole number above 0, not '${text}'`);
  return value;
}
