/**
 * A clock that advances only when a test moves it. Due sleeps wake in the order of their times. After each one, the event loop
 * runs until everything is idle again, so that the work that the sleeper starts finishes before the next one wakes. This
 * includes real sockets.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { AwsTime } from '../../src/aws/aws-clock.js';

export interface HandClockOptions {
  /** Wall time at the start, in milliseconds since 1970. */
  readonly startMs?: number;
  /** Offset of the local time zone in minutes east of UTC. */
  readonly zoneMinutes?: number;
  /** Whether something is in progress that ends by itself, such as a request. The clock waits for it before it moves on. */
  readonly isBusy?: () => boolean;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Consecutive idle turns of the event loop after which nothing more is expected to happen. */
const quietTurns = 6;
const busyLimitMs = 120_000;

export class HandClock implements AwsTime {
  readonly #options: HandClockOptions;
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;
  #monotonicMs = 0;

  constructor(options: HandClockOptions = {}) {
    this.#options = options;
    this.#nowMs = options.startMs ?? Date.UTC(2026, 0, 15, 12);
  }

  now(): number {
    return this.#nowMs;
  }

  nowAtLeast(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  offsetMinutes(): number {
    return this.#options.zoneMinutes ?? 0;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { dueMs: this.#monotonicMs + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Number of sleeps that wait for the clock. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Moves both times forward and wakes every sleep that becomes due, including those that begin meanwhile. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await this.settle();
    for (let next = this.#nextUntil(endMs); next; next = this.#nextUntil(endMs)) {
      this.#moveTo(next.dueMs);
      next.wake();
      await this.settle();
    }
    this.#moveTo(endMs);
  }

  /** Moves from sleep to sleep until the condition holds. Fails after `limitMs` of its own time, or if nothing sleeps. */
  async advanceUntil(isDone: () => boolean, limitMs = 600_000): Promise<void> {
    const endMs = this.#monotonicMs + limitMs;
    await this.settle();
    while (!isDone()) {
      const next = this.#nextUntil(endMs);
      if (!next) throw new Error(`What was waited for did not come within ${limitMs} ms of the hand clock`);
      this.#moveTo(next.dueMs);
      next.wake();
      await this.settle();
    }
  }

  /** Changes only the wall time, as an operator or NTP does; durations are not affected. */
  stepWallTime(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets everything in progress finish, without moving the time. */
  async settle(): Promise<void> {
    const startedMs = performance.now();
    for (let quiet = 0; quiet < quietTurns; ) {
      await turn();
      quiet = this.#options.isBusy?.() ? 0 : quiet + 1;
      if (performance.now() - startedMs > busyLimitMs) throw new Error('Something under way does not come to its end');
    }
  }

  #nextUntil(endMs: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs <= endMs && (!next || sleeper.dueMs < next.dueMs)) next = sleeper;
    }
    return next;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
