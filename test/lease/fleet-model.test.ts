/** Whole fleets in virtual time, under every invariant of `model/fleet-model.ts`. A seed that fails is in the message. */
import test from 'ava';
import {
  type Outcome,
  runCleanly,
  runDeletions,
  runHandOver,
  runLostResponses,
  runStart,
  runTrouble,
} from './model/scenarios.js';

const isLong = process.env.SOAK_MS !== undefined;
const first = Number(process.env.FUZZ_SEED ?? 1);

async function runSeeds(run: (seed: number) => Promise<Outcome>, seeds: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + (isLong ? seeds * 20 : seeds); seed++) {
    const outcome = await run(seed);
    if (outcome.broken.length > 0) throw new Error(`FUZZ_SEED=${seed}: ${outcome.broken.slice(0, 5).join('; ')}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

test('a fleet in trouble loses nothing, keeps the order, and settles evenly when the trouble ends', async (t) => {
  const outcomes = await runSeeds(runTrouble, 100);
  // The runs reach what they are for.
  t.true(outcomes.some(({ duplicates }) => duplicates > 0));
  t.true(outcomes.every(({ records, moves }) => records > 100 && moves > 0));
});

test('joins, clean stops and splits give nothing twice', async (t) => {
  const outcomes = await runSeeds(runCleanly, 25);
  t.true(outcomes.every(({ records, moves }) => records > 1000 && moves > 8));
});

test('responses that get lost give nothing twice', async (t) => {
  const outcomes = await runSeeds(runLostResponses, 25);
  t.true(outcomes.every(({ records, moves }) => records > 1000 && moves > 8));
});

test('shards have a new reader 3 s after a clean stop and 16.5 s after a crash', async (t) => {
  const outcomes = await runSeeds(runHandOver, 40);
  t.true(outcomes.every(({ moves }) => moves > 6));
});

test('workers that start at once, and die while they add rows, agree on one start', async (t) => {
  const outcomes = await runSeeds(runStart, 100);
  t.true(outcomes.every(({ records }) => records > 1000));
});

test('rows that are deleted, and a whole table, lose nothing', async (t) => {
  const outcomes = await runSeeds(runDeletions, 30);
  t.true(outcomes.every(({ records }) => records > 100));
});
