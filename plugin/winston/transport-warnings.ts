/** The `warn` events of a transport. Repeats are limited, and a listener that throws does not affect the transport. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../src/clock.js';
import { type Fault, throwLater } from '../../src/faults.js';
import { formatRepeats, RepeatLimiter } from '../../src/report/repeat-limiter.js';

export const droppedHostLog = {
  code: 'host-log-dropped',
  message:
    'A log of the host app was dropped, because the output does not take them fast enough, or because it cannot be read or is too long',
};

export class TransportWarnings {
  readonly #transport: EventEmitter;
  readonly #repeats: RepeatLimiter;

  constructor(transport: EventEmitter, clock: Pick<Clock, 'monotonic'>) {
    this.#transport = transport;
    this.#repeats = new RepeatLimiter(() => clock.monotonic());
  }

  report({ code, message, cause }: Pick<Fault, 'code' | 'message' | 'cause'>): void {
    const count = this.#repeats.take(code, message);
    if (count === undefined) return;
    emitSafely(this.#transport, 'warn', Object.assign(new Error(formatRepeats(message, count), { cause }), { code }));
  }

  /** The next fault is reported, even if the same one was reported before. */
  recover(): void {
    this.#repeats.renew('');
  }
}

/** Emits an event; a listener that throws does not disturb the transport. */
export function emitSafely(emitter: EventEmitter, event: 'logged' | 'warn', what: unknown): void {
  try {
    emitter.emit(event, what);
  } catch (error) {
    throwLater(error);
  }
}
