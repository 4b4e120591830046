/** Promise 2 under SIGKILL: what was settled as delivered is in the file of a receiver that is killed again and again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { startReceiverProcess } from '../fakes/receiver-process.js';
import { createRandom, seed } from '../fixtures/random.js';
import { deliverTo } from './recorded-deliverer.js';

const kills = 10;
/** Longer than the quiet before a half-close, so that only the hold can cover it. */
const queueMs = 300;
const confirmHoldMs = 600;

test('a receiver with a queue in memory, killed ten times at full speed, has every line that was confirmed', async (t) => {
  t.log(`FUZZ_SEED=${seed}`);
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'deliverer-kill-'));
  const receiver = await startReceiverProcess(join(folder, 'lines'), { queueMs });
  const output = deliverTo(receiver, {
    limits: { maxBytes: 512 * 1024, maxLines: 1_000_000 },
    confirm: { by: 'closed', limits: { rotateMs: 50, rotateBytes: 64 * 1024, confirmHoldMs } },
  });
  const over = new AbortController();
  t.teardown(async () => {
    over.abort();
    await output.deliverer.close(0);
    await receiver.close();
    rmSync(folder, { recursive: true });
  });
  output.deliverer.start();
  const sending = sendUntil(over.signal);
  for (let kill = 0; kill < kills; kill++) {
    const { length: before } = output.delivered;
    await delay(500 + random() * 900);
    // Half of the kills come at any moment; the others not before something was confirmed, however slow the machine.
    if (kill % 2 === 0) await output.whenDelivered(before + 250);
    await receiver.kill();
    const delivered = new Set(await receiver.readLines());
    t.deepEqual(
      output.delivered.filter((line) => !delivered.has(line)),
      [],
    );
    await receiver.restart();
  }
  over.abort();
  await sending;
  t.true(output.delivered.length > 1000);
  t.true(await output.deliverer.close(20_000));
  const received = new Set(await receiver.readLines());
  t.deepEqual(
    output.sent.filter((line) => !received.has(line)),
    [],
  );
  t.is(output.settled.length, output.sent.length);

  async function sendUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      output.send(50, 399);
      await output.deliverer.whenRoom(signal);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});
