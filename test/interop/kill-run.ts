/**
 * Sends at full speed while the receiver is killed again and again, by SIGTERM and SIGKILL in turns. After each death of
 * the process that writes the file, every line confirmed by then must be in it.
 */
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Certificates } from './certificates.js';
import { connectDeliverer } from './connect-deliverer.js';
import type { KillSignal } from './daemon.js';
import { NumberedLines } from './numbered-lines.js';
import { type Receiver, startReceiver, stopReceiver } from './receivers.js';

/** What happened up to the kills by one signal, summed over them. */
export interface KillCount {
  kills: number;
  confirmed: number;
  lost: number;
  duplicates: number;
}

export type KillCounts = Readonly<Record<KillSignal, KillCount>>;

export interface KillRun {
  readonly counts: KillCounts;
  /** Whether every line that was sent was confirmed in the end. */
  readonly isComplete: boolean;
}

const flushMs = 60_000;
const progressMs = 30_000;

/** @param kills of each signal; one more SIGKILL follows the last confirmation */
export async function runKills(receiver: Receiver, kills: number, tls?: Certificates): Promise<KillRun> {
  const lines = new NumberedLines();
  const deliverer = connectDeliverer(receiver.port, tls);
  const counts = { SIGTERM: noKills(), SIGKILL: noKills() };
  const over = new AbortController();
  try {
    await startReceiver(receiver);
    deliverer.start();
    const sending = lines.send(deliverer, over.signal);
    for (let kill = 0; kill < kills * 2; kill++) {
      await untilConfirmed(lines);
      await delay(Math.random() * 400);
      await killOne(receiver, kill, counts, lines);
    }
    over.abort();
    await sending;
    const isComplete = await deliverer.flush(flushMs);
    await deliverer.close(0);
    await receiver.writer.kill('SIGKILL');
    await check(receiver, 'SIGKILL', counts, lines);
    return { counts, isComplete };
  } finally {
    over.abort();
    await deliverer.close(0);
    await stopReceiver(receiver);
  }
}

/** A kill before anything new is confirmed would put nothing to the test. */
async function untilConfirmed(lines: NumberedLines): Promise<void> {
  const { confirmed } = lines;
  const overMs = performance.now() + progressMs;
  while (lines.confirmed === confirmed) {
    if (performance.now() > overMs) throw new Error(`Nothing was confirmed within ${progressMs} ms`);
    await delay(10);
  }
}

/** What stands in front of the writer is killed in every second pair of kills. */
async function killOne(receiver: Receiver, kill: number, counts: KillCounts, lines: NumberedLines): Promise<void> {
  const signal = kill % 2 === 0 ? 'SIGTERM' : 'SIGKILL';
  if (receiver.front && kill % 4 >= 2) {
    counts[signal].kills++;
    await receiver.front.kill(signal);
    await receiver.front.start();
    return;
  }
  await receiver.writer.kill(signal);
  await check(receiver, signal, counts, lines);
  await receiver.writer.start();
}

/** Takes the file of a dead writer away, so that its successor begins a new one and no torn line gets a sequel. */
async function check(receiver: Receiver, signal: KillSignal, counts: KillCounts, lines: NumberedLines): Promise<void> {
  const { confirmed } = lines;
  await lines.read(receiver.path);
  rmSync(receiver.path, { force: true });
  const { lost, duplicates } = lines.account();
  const others = counts[signal === 'SIGTERM' ? 'SIGKILL' : 'SIGTERM'];
  const count = counts[signal];
  count.kills++;
  count.confirmed = confirmed - others.confirmed;
  count.lost = lost - others.lost;
  count.duplicates = duplicates - others.duplicates;
}

function noKills(): KillCount {
  return { kills: 0, confirmed: 0, lost: 0, duplicates: 0 };
}
