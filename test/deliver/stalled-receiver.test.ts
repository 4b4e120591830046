/** A receiver that stops reading before the first rotation: no end is under way whose time limit would tell of it. */
import test from 'ava';
import type { DelivererOptions } from '../../src/deliver/deliverer.js';
import { HandClock } from '../fakes/hand-clock.js';
import { startReceiver } from '../fakes/receiver.js';
import { deliverTo, isInOrder } from './recorded-deliverer.js';

/** More than the buffers of both sockets hold. */
const lines = 1500;
const length = 9999;

const confirms: readonly DelivererOptions['confirm'][] = [
  { by: 'closed', limits: { rotateMs: 60_000, rotateBytes: 1024 ** 3, confirmHoldMs: 100 } },
  { by: 'written' },
];

for (const confirm of confirms) {
  test(`confirm ${confirm.by}: a write that a receiver does not take is reported, and its lines come again`, async (t) => {
    const receiver = await startReceiver({ type: 'stalls' });
    const clock = new HandClock();
    const output = deliverTo(receiver, {
      clock,
      confirm,
      limits: { maxBytes: 1024 ** 3, maxLines: 1_000_000 },
      confirmTimeoutMs: 1500,
    });
    t.teardown(async () => {
      await output.deliverer.close(0);
      await receiver.close();
    });
    output.deliverer.start();
    output.send(lines, length);
    await advanceUntil(clock, () => output.faults.length > 0);
    t.is(output.faults[0]?.code, 'output-unreachable');
    t.true(output.delivered.length < lines);
    receiver.behave({ type: 'normal' });
    await advanceUntil(clock, () => output.settled.length === lines);
    await receiver.when((seen) => seen.lines.at(-1) === output.sent.at(-1));
    t.deepEqual(output.delivered, output.sent);
    // A write that failed was not settled; what was settled before the next connection is all that the stalled receiver may keep.
    const againMs = receiver.connections[1]?.openedMs ?? 0;
    const written = output.settled.filter(({ atMs }) => atMs < againMs).length;
    t.true(written < lines);
    const received = new Set(receiver.lines);
    t.true(received.size >= lines - written);
    t.true(isInOrder(receiver.lines, output.sent.slice(-received.size)));
    t.is(output.settled.length, lines);
  });
}

/** In steps that leave the sockets far more time than the limits, however slow the machine. */
async function advanceUntil(clock: HandClock, isDone: () => boolean): Promise<void> {
  while (!isDone()) await clock.advance(10);
}
