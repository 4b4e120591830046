/** What fleets go through. Each scenario returns what was broken; nothing, if the rules hold. */
import { createRandom } from '../../fixtures/random.js';
import { FleetModel } from './fleet-model.js';
import type { ModelWorker } from './model-worker.js';

export interface Outcome {
  readonly broken: readonly string[];
  readonly duplicates: number;
  readonly records: number;
  readonly moves: number;
}

/** What docs/fleet.md promises for a lease of ten seconds. */
const stopToReaderMs = 3000;
const crashToReaderMs = 16_500;
const faultsMs = 80_000;
const calmMs = 90_000;
const stillMs = 25_000;

/** Joins, deaths, pauses, stops, outages, stalled receivers, lost responses, clocks that drift and jump, splits and merges; then calm. */
export async function runTrouble(seed: number): Promise<Outcome> {
  const model = new FleetModel(seed);
  const { random, world, stream, table } = model;
  for (let count = 1 + Math.floor(random() * 6); count > 0; count--) stream.add();
  const join = () =>
    model.join({
      rate: 0.995 + random() * 0.01,
      offsetMs: random() * 1e7 - 5e6,
      wallOffsetMs: random() * 7.2e6 - 3.6e6,
    });
  const more = createRandom(seed + 1);
  await world.until(1000);
  join();
  model.feed(1000, 0.8);
  table.lostResponses = random() < 0.5 ? 0.02 : 0;
  table.slowMs = model.pick([20, 100, 600]);
  for (let atMs = 5000; atMs < faultsMs; atMs += 1000 + random() * 6000) {
    await world.until(atMs);
    if (model.living.length === 0) join();
    const { living } = model;
    const worker = living[Math.floor(more() * living.length)] as ModelWorker;
    if (more() < 0.3) worker.stalledUntilMs = atMs + more() * 30_000;
    if (more() < 0.1) worker.wallOffsetMs = more() * 7.2e6 - 3.6e6;
    const what = random();
    if (what < 0.25) living.length < 6 && join();
    else if (what < 0.4) living.length > 1 && model.pick(living).kill();
    else if (what < 0.55) void (living.length > 1 && model.pick(living).stop());
    else if (what < 0.7) model.pick(living).pause(1000 + random() * 30_000);
    else if (what < 0.78) table.awayUntilMs = world.nowMs + random() * 25_000;
    else if (what < 0.9) stream.open.length < 10 && stream.split(model.pick(stream.open));
    else if (stream.open.length > 2) stream.merge(stream.open[0] as never, stream.open[1] as never);
  }
  while (model.living.length < 2) join();
  table.lostResponses = 0;
  table.slowMs = 30;
  await world.until(faultsMs + calmMs);
  const { moves } = model;
  await world.until(faultsMs + calmMs + stillMs);
  if (model.moves !== moves) model.broken.push(`I6 ${model.moves - moves} leases still move`);
  model.checkSettled();
  model.checkDelivered();
  return outcomeOf(model);
}

/** Workers pause for about the length of a lease while records arrive fast. What they read afterwards must be theirs. */
export async function runPauses(seed: number): Promise<Outcome> {
  const model = new FleetModel(seed);
  const { random, world, stream, leaseMs } = model;
  for (let count = 4; count > 0; count--) stream.add();
  for (let count = 3; count > 0; count--) model.join({ rate: 0.995 + random() * 0.01, offsetMs: random() * 1e6 });
  model.feed(500, 1);
  for (let atMs = 20_000; atMs < 150_000; atMs += 20_000) {
    await world.until(atMs + random() * 5000);
    model.pick(model.living).pause(leaseMs * (0.7 + random() * 0.6));
  }
  await world.until(200_000);
  model.checkSettled();
  model.checkDelivered();
  return outcomeOf(model);
}

/** Only joins, clean stops and splits: no record may be delivered twice. */
export function runCleanly(seed: number): Promise<Outcome> {
  return runWithoutFaults(new FleetModel(seed));
}

/** The same with responses that get lost, which is no fault: the worker recognizes its own writes. */
export function runLostResponses(seed: number): Promise<Outcome> {
  const model = new FleetModel(seed);
  model.table.lostResponses = 0.05;
  return runWithoutFaults(model);
}

async function runWithoutFaults(model: FleetModel): Promise<Outcome> {
  const { random, world, stream } = model;
  for (let count = 8; count > 0; count--) stream.add();
  const join = () => model.join({ rate: 0.999 + random() * 0.002, offsetMs: random() * 1e7 });
  await world.until(1000);
  join();
  model.feed(1000, 1);
  for (let atMs = 20_000; atMs < 180_000; atMs += 20_000) {
    await world.until(atMs);
    const { living } = model;
    const what = random();
    if (what < 0.4 && living.length < 5) join();
    else if (what < 0.7 && living.length > 1) void model.pick(living).stop();
    else stream.split(model.pick(stream.open));
  }
  await world.until(230_000);
  if (new Set(model.starts).size !== 1) model.broken.push(`I1 the rows have the starts ${model.starts}`);
  if (model.duplicates > 0) model.broken.push(`I7 ${model.duplicates} records came twice without a fault`);
  model.checkSettled();
  model.checkDelivered();
  return outcomeOf(model);
}

/** Several workers start for the first time at once. Some die while they add rows, and shards split meanwhile. */
export async function runStart(seed: number): Promise<Outcome> {
  const model = new FleetModel(seed);
  const { random, world, stream, table } = model;
  for (let count = 4; count > 0; count--) stream.add();
  model.feed(400, 1);
  table.slowMs = model.pick([50, 400, 900]);
  table.lostResponses = model.pick([0, 0.05]);
  const startMs = 5000;
  await world.until(startMs);
  for (let count = 2 + Math.floor(random() * 3); count > 0; count--)
    world.at(startMs + random() * 2000, () => void model.join({ offsetMs: random() * 1e6 }));
  for (let count = 2; count > 0; count--)
    world.at(startMs + random() * 6000, () => stream.split(model.pick(stream.open)));
  if (random() < 0.7)
    world.at(startMs + 300 + random() * 5000, () => model.living.length > 1 && model.pick(model.living).kill());
  await world.until(startMs + 40_000);
  table.lostResponses = 0;
  if (model.living.length === 0) model.join();
  await world.until(startMs + 120_000);
  model.checkDelivered();
  return outcomeOf(model);
}

/** One worker stops cleanly, and another one dies: how long their shards wait for the next reader. */
export async function runHandOver(seed: number): Promise<Outcome> {
  const model = new FleetModel(seed);
  const { random, world, stream } = model;
  for (let count = 6; count > 0; count--) stream.add();
  const join = () => model.join({ rate: 0.995 + random() * 0.01, offsetMs: random() * 1e6 });
  for (let count = 3; count > 0; count--) join();
  model.feed(1000, 1);
  await world.until(60_000 + random() * 10_000);
  const stopped = model.pick(model.living);
  let stoppedMs = Number.POSITIVE_INFINITY;
  void stopped.stop().then(() => {
    stoppedMs = world.nowMs;
  });
  await world.until(world.nowMs + 5000);
  await world.until(stoppedMs + stopToReaderMs);
  if (model.unread.length > 0) model.broken.push(`${model.unread} have no reader after a clean stop`);
  join();
  await world.until(110_000 + random() * 10_000);
  model.pick(model.living).kill();
  await world.until(world.nowMs + crashToReaderMs);
  if (model.unread.length > 0) model.broken.push(`${model.unread} have no reader after a crash`);
  model.checkDelivered();
  return outcomeOf(model);
}

/** Rows that vanish, and once the whole table, while workers join and die. */
export async function runDeletions(seed: number): Promise<Outcome> {
  const model = new FleetModel(seed);
  model.isHolderChecked = false;
  const { random, world, stream, table } = model;
  for (let count = 4; count > 0; count--) stream.add();
  await world.until(1000);
  for (let count = 3; count > 0; count--) model.join();
  model.feed(1000, 1);
  const wipeMs = 40_000 + random() * 60_000;
  world.at(wipeMs, () => table.rows.clear());
  for (let atMs = 20_000; atMs < 120_000; atMs += 4000 + random() * 12_000) {
    await world.until(atMs);
    const what = random();
    if (what < 0.4) table.rows.delete(model.pick([...stream.shards.keys()]));
    else if (what < 0.6) stream.split(model.pick(stream.open));
    else if (what < 0.8 && model.living.length > 2) model.pick(model.living).kill();
    // A worker without any memory of the rows could not tell a table that was deleted from a new one.
    else if (Math.abs(world.nowMs - wipeMs) > 20_000) model.join();
  }
  await world.until(250_000);
  model.checkSettled();
  model.checkDelivered();
  return outcomeOf(model);
}

function outcomeOf(model: FleetModel): Outcome {
  const { broken, duplicates, stream, moves } = model;
  return { broken, duplicates, records: stream.records, moves };
}
