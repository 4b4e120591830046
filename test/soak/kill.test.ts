/**
 * SIGKILL at random moments of the program as a user starts it, with faults on both sides. `SOAK_KILL_MS` is how long it
 * kills, ten minutes when left out; `FUZZ_SEED` repeats a run's choices, though not its moments to the millisecond.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { askStatus } from '../../plugin/commands/status/ask-status.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { readCheckpointFile } from '../../src/checkpoint/checkpoint-file.js';
import { makeFolder, runHere, start, writeManifest } from '../end-to-end/command.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { createRandom, seed } from '../fixtures/random.js';
import { compareCounters } from './compare-metrics.js';
import { Ledger } from './ledger.js';
import { Trouble } from './trouble.js';

const killMs = Number(process.env.SOAK_KILL_MS ?? 600_000);
const stream = 'flow-logs';

test(`SIGKILLs for ${killMs / 1000} s with faults on both sides: nothing is lost, no checkpoint goes back, and ledger and metrics are the truth`, async (t) => {
  // The last run reads what the killed ones left, which is more the longer they were killed.
  t.timeout(60_000 + 2 * killMs);
  const random = createRandom(seed);
  const kinesis = await startFakeKinesis({ clock: Date, seed });
  t.teardown(() => kinesis.stop());
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  kinesis.createStream(stream, { shards: 2 });
  const ledger = new Ledger(kinesis, stream);
  const trouble = new Trouble(kinesis, receiver, random);

  const folder = await makeFolder(t);
  const path = join(folder, 'kinesis-snare.checkpoint.json');
  const manifest = await writeManifest(folder, toConfig(kinesis.endpoint, receiver.port));
  const checkCheckpoint = async () => {
    const { content, recoveredFrom } = await readCheckpointFile(path);
    if (recoveredFrom) ledger.broken.push(`The checkpoint file was torn: ${recoveredFrom}`);
    if (content) ledger.checkCheckpoint(content.shards, receiver.lines);
    return content;
  };
  const putSome = () => {
    const open = kinesis.stream(stream).shards.filter(({ closed }) => !closed);
    const { shardId } = trouble.pick(open);
    if (trouble.below(8) === 0) ledger.putUnparsed(shardId);
    else ledger.put(shardId, 1 + trouble.below(30));
    if (trouble.below(40) === 0 && open.length < 6) {
      trouble.note(`split of ${shardId}`);
      kinesis.split(stream, shardId);
    }
  };

  let kills = 0;
  // How often the counters were compared, and how many times there were some of these.
  const compared = { runs: 0, faults: 0, resent: 0, deadLetters: 0 };
  const compare = async () => {
    const { differing, stats } = await compareCounters(manifest);
    for (const counter of differing) ledger.broken.push(`/metrics before kill ${kills + 1}: ${counter}`);
    compared.runs++;
    if (Object.keys(stats.faults).length > 0) compared.faults++;
    if (stats.output.resent.lines > 0) compared.resent++;
    if (Object.keys(stats.deadLetters).length > 0) compared.deadLetters++;
  };

  for (const killUntilMs = performance.now() + killMs; performance.now() < killUntilMs; ) {
    const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
    // A third dies within its start; the others have lines on their way.
    const linesBefore = receiver.lines.length;
    const isEarly = trouble.below(3) === 0;
    const endMs = performance.now() + (isEarly ? trouble.below(1000) : 10_000);
    let leftMs = trouble.below(800);
    while (performance.now() < endMs && leftMs > 0) {
      putSome();
      if (trouble.below(4) === 0) await trouble.troubleKinesis();
      if (trouble.below(4) === 0) await trouble.troubleReceiver();
      else if (trouble.below(8) === 0) trouble.mendReceiver();
      const pauseMs = 10 + trouble.below(60);
      await sleep(pauseMs);
      if (receiver.lines.length > linesBefore) leftMs -= pauseMs;
    }
    // Half of the others die together with a receiver that has stopped reading: what a checkpoint passed too early is lost.
    const isFrozen = !isEarly && trouble.below(2) === 0;
    if (isFrozen) {
      trouble.note('receiver: reads nothing more');
      receiver.freeze();
      kinesis.mend();
      for (let puts = 0; puts < 12; puts++) {
        putSome();
        await sleep(50);
      }
    }
    // One that dies within its start may not answer yet.
    if (!isEarly) {
      await compare();
      // The comparison waits for a moment at which nothing moves; the kill comes at any moment.
      putSome();
      await sleep(trouble.below(100));
    }
    child.kill('SIGKILL');
    trouble.note(`kill ${++kills}`);
    const { code, stderr } = await ended;
    if (isFrozen) {
      await receiver.kill();
      await receiver.restart();
      trouble.mendReceiver();
    }
    if (code !== 'SIGKILL') ledger.broken.push(`The program ended by itself with ${code}: ${stderr}`);
    await checkCheckpoint();
  }

  trouble.end();
  const last = await runHere('run', '--once', '--manifest', manifest);
  t.truthy(await checkCheckpoint());
  await ledger.checkOwnLedger(path);
  await ledger.checkDeadLetters(join(folder, 'kinesis-snare.dead-letter.ndjson'));
  const told = () => `FUZZ_SEED=${seed}\n${trouble.history.slice(-60).join('\n')}\n${last.stderr}`;
  t.deepEqual(ledger.broken, [], told());
  t.is(last.code, 0, told());
  t.deepEqual(ledger.missing, [], told());
  const { runs, ...timesOf } = compared;
  // In less than half a minute, one of them may never happen.
  for (const [what, times] of Object.entries(timesOf)) t.true(times > 0, `There were never ${what} to compare`);

  // One more run reads a little, and says the same of it in its metrics and in its numbers.
  for (let puts = 0; puts < 5; puts++) putSome();
  const { child, ended } = start(t, folder, ['run', '--manifest', manifest]);
  await untilAcknowledged(manifest);
  t.deepEqual((await compareCounters(manifest)).differing, []);
  child.kill('SIGTERM');
  t.is((await ended).code, 0);
  t.log(
    `${kills} kills, ${ledger.count} flow logs and ${ledger.unparsed} dead letters, 0 lost,`,
    `${ledger.twice} lines came more than once, the counters were equal before ${runs} kills: ${JSON.stringify(timesOf)}`,
  );
});

async function untilAcknowledged(manifest: string): Promise<void> {
  const { settings } = loadSettings(manifest);
  for (;;) {
    // It takes a moment until the process answers.
    const status = await askStatus(settings, manifest).catch(() => undefined);
    const { records = 0, acknowledged = -1, output } = status?.stats ?? {};
    if (records > 0 && records === acknowledged && output?.buffered.lines === 0) return;
    await sleep(50);
  }
}

function toConfig(endpoint: string, port: number) {
  const input = { stream, endpoint, region: 'us-east-1', startAt: 'earliest', idleDelayMs: 200, shardSyncMs: 1000 };
  const output = { type: 'tcp', host: '127.0.0.1', port, rotateMs: 100, confirmHoldMs: 50 };
  const limits = { confirmTimeoutMs: 500, connectTimeoutMs: 1000, reconnectMaxMs: 200, maxBufferedRecords: 500 };
  const metrics = { port: 0 };
  return {
    input: { ...input, checkpointIntervalMs: 0 },
    output: { ...output, ...limits },
    metrics,
    unparsed: 'dead-letter',
  };
}
