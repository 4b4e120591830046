/** A deliverer with small limits that keeps a record of how each line was settled and of what was reported. */
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../src/clock.js';
import { Deliverer, type DelivererOptions } from '../../src/deliver/deliverer.js';
import { openTcpChannel, type TcpAddress } from '../../src/deliver/tcp-channel.js';
import type { DeliveryOutcome } from '../../src/delivery.js';
import type { Fault } from '../../src/faults.js';
import { type Receiver, type ReceiverBehaviour, startReceiver } from '../fakes/receiver.js';

export const rotation = { rotateMs: 50, rotateBytes: 64 * 1024, confirmHoldMs: 100 };

export interface Settled {
  readonly line: string;
  readonly outcome: DeliveryOutcome;
  readonly atMs: number;
}

export class RecordedDeliverer {
  readonly deliverer: Deliverer;
  readonly sent: string[] = [];
  /** In the order of settling. */
  readonly settled: Settled[] = [];
  readonly faults: Fault[] = [];
  readonly closed: Error[] = [];
  recoveries = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: Pick<DelivererOptions, 'open'> & Partial<DelivererOptions>) {
    this.deliverer = new Deliverer({
      name: 'test',
      confirm: { by: 'closed', limits: rotation },
      limits: { maxBytes: 1024 * 1024, maxLines: 100_000 },
      backoff: { baseMs: 10, maxMs: 100 },
      clock: systemClock,
      random: () => 0.5,
      onFault: (fault) => this.#happened(() => this.faults.push(fault)),
      onRecovery: () => this.#happened(() => this.recoveries++),
      onClosed: (error) => this.#happened(() => this.closed.push(error)),
      ...options,
    });
  }

  get delivered(): readonly string[] {
    return this.#linesOf('delivered');
  }

  get abandoned(): readonly string[] {
    return this.#linesOf('abandoned');
  }

  /**
   * Sends so many numbered lines, each as a delivery of its own, of `length` characters each. Every second one can be made
   * again, unless none is to be, and its bytes are spoilt as soon as they may be used again.
   */
  send(count: number, length = 20, { isRestorable = true } = {}): void {
    for (let left = count; left > 0; left--) {
      const line = `line ${this.sent.length} `.padEnd(length, '.');
      this.sent.push(line);
      const payload = Buffer.from(`${line}\n`);
      const restorable = {
        payload,
        origin: { bytes: 8, restore: async () => Buffer.from(`${line}\n`) },
        free: () => payload.fill('#'),
      };
      this.deliverer.send({
        payload: `${line}\n`,
        ...(isRestorable && this.sent.length % 2 === 0 && restorable),
        bytes: line.length + 1,
        lines: 1,
        settle: (outcome) => this.#happened(() => this.settled.push({ line, outcome, atMs: performance.now() })),
      });
    }
  }

  /** Resolves when the condition holds; looked at after each settling and report. */
  async when(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  whenDelivered(count: number): Promise<void> {
    return this.when(() => this.settled.length >= count && this.delivered.length >= count);
  }

  #linesOf(wanted: DeliveryOutcome): readonly string[] {
    return this.settled.filter(({ outcome }) => outcome === wanted).map(({ line }) => line);
  }

  #happened(record: () => void): void {
    record();
    for (const look of this.#waiting) look();
  }
}

/** A recorded deliverer over TCP. Its time limits are for a machine that stands still now and then, unless told. */
export function deliverTo(
  { host, port }: TcpAddress,
  { confirmTimeoutMs = 60_000, ...options }: Partial<DelivererOptions> & { readonly confirmTimeoutMs?: number } = {},
): RecordedDeliverer {
  const tcp = { clock: options.clock ?? systemClock, connectTimeoutMs: 60_000, confirmTimeoutMs };
  return new RecordedDeliverer({ open: (signal) => openTcpChannel({ host, port }, tcp, signal), ...options });
}

/** Each wanted line at least once, and the first arrivals in the order of the wanted. */
export function isInOrder(received: readonly string[], wanted: readonly string[]): boolean {
  const first = [...new Set(received)];
  return first.length === wanted.length && first.every((line, index) => line === wanted[index]);
}

/** A started deliverer on a receiver of its own; both end with the test. */
export async function startDelivering(
  t: ExecutionContext,
  behaviour?: ReceiverBehaviour,
  options: Parameters<typeof deliverTo>[1] = {},
): Promise<{ readonly receiver: Receiver; readonly output: RecordedDeliverer }> {
  const receiver = await startReceiver(behaviour);
  const output = deliverTo(receiver, options);
  output.deliverer.start();
  t.teardown(async () => {
    await output.deliverer.close(0);
    await receiver.close();
  });
  return { receiver, output };
}
