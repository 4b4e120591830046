/** What a real receiver has to take beside being killed: a late start, and long lines in both framings. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Certificates } from './certificates.js';
import { connectDeliverer } from './connect-deliverer.js';
import { type Account, NumberedLines, type NumberedLinesOptions } from './numbered-lines.js';
import { type Receiver, startReceiver, stopReceiver } from './receivers.js';

export interface Delivered extends Account {
  /** Whether every line that was sent was confirmed. */
  readonly isComplete: boolean;
}

export interface SendOptions extends NumberedLinesOptions {
  readonly count: number;
  /** How long after the first line the receiver starts; 0 for before it. */
  readonly lateMs?: number;
  readonly tls?: Certificates | undefined;
}

const flushMs = 30_000;

/** Sends so many lines and gives the account of them. */
export async function sendLines(
  receiver: Receiver,
  { count, lateMs = 0, tls, ...options }: SendOptions,
): Promise<Delivered> {
  const lines = new NumberedLines(options);
  const deliverer = connectDeliverer(receiver.port, tls);
  const never = new AbortController().signal;
  try {
    if (lateMs === 0) await startReceiver(receiver);
    deliverer.start();
    const sending = lines.send(deliverer, never, count);
    if (lateMs > 0) {
      await delay(lateMs);
      await startReceiver(receiver);
    }
    await sending;
    const isComplete = await deliverer.flush(flushMs);
    await deliverer.close(0);
    await receiver.writer.kill('SIGTERM');
    await lines.read(receiver.path);
    return { ...lines.account(), isComplete };
  } finally {
    await deliverer.close(0);
    await stopReceiver(receiver);
  }
}
