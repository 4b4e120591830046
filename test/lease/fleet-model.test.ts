/**
 * Whole fleets in virtual time, under every invariant of `model/fleet-model.ts`. A seed that fails is in the message. With
 * `SOAK_MS`, 16 times as many seeds: 3,200, in less than two minutes of CPU time.
 */
import test, { type ExecutionContext } from 'ava';
import {
  type Outcome,
  runCleanly,
  runDeletions,
  runHandOver,
  runLostResponses,
  runPauses,
  runStart,
  runTrouble,
} from './model/scenarios.js';

const isLong = process.env.SOAK_MS !== undefined;
const first = Number(process.env.FUZZ_SEED ?? 1);

const factor = isLong ? 16 : 1;

async function runSeeds(
  t: ExecutionContext,
  run: (seed: number) => Promise<Outcome>,
  seeds: number,
): Promise<readonly Outcome[]> {
  t.timeout(600_000);
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + seeds * factor; seed++) {
    const outcome = await run(seed);
    if (outcome.broken.length > 0) throw new Error(`FUZZ_SEED=${seed}: ${outcome.broken.slice(0, 5).join('; ')}`);
    outcomes.push(outcome);
  }
  t.log(`${outcomes.length} seeds from ${first}`);
  return outcomes;
}

test.serial(
  'a fleet in trouble loses nothing, keeps the order, and settles evenly when the trouble ends',
  async (t) => {
    const outcomes = await runSeeds(t, runTrouble, 60);
    // The runs reach what they are for.
    t.true(outcomes.some(({ duplicates }) => duplicates > 0));
    t.true(outcomes.every(({ records, moves }) => records > 100 && moves > 0));
  },
);

test.serial('a paused worker reads nothing that another worker may have taken', async (t) => {
  const outcomes = await runSeeds(t, runPauses, 20);
  t.true(outcomes.every(({ records, moves }) => records > 1000 && moves > 4));
});

test.serial('joins, clean stops and splits give nothing twice', async (t) => {
  const outcomes = await runSeeds(t, runCleanly, 20);
  t.true(outcomes.every(({ records, moves }) => records > 1000 && moves > 8));
});

test.serial('responses that get lost give nothing twice', async (t) => {
  const outcomes = await runSeeds(t, runLostResponses, 20);
  t.true(outcomes.every(({ records, moves }) => records > 1000 && moves > 8));
});

test.serial('shards have a new reader 3 s after a clean stop and 16.5 s after a crash', async (t) => {
  const outcomes = await runSeeds(t, runHandOver, 20);
  t.true(outcomes.every(({ moves }) => moves > 6));
});

test.serial('workers that start at once, and die while they add rows, agree on one start', async (t) => {
  const outcomes = await runSeeds(t, runStart, 40);
  t.true(outcomes.every(({ records }) => records > 1000));
});

test.serial('rows that are deleted, and a whole table, lose nothing', async (t) => {
  const outcomes = await runSeeds(t, runDeletions, 20);
  t.true(outcomes.every(({ records }) => records > 100));
});
