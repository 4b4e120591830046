/**
 * Virtual time for many workers in one process: minutes pass in milliseconds. Each worker has a clock of its own, which drifts,
 * begins anywhere, and stands still while the worker is paused.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../src/clock.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  run: () => void;
}

/** A process as its clock sees it. */
export interface Host {
  /** Seconds of its clocks for each second. */
  readonly rate: number;
  readonly offsetMs: number;
  readonly wallOffsetMs: number;
  readonly isDead: boolean;
  readonly pausedUntilMs: number;
}

export class World {
  nowMs = 0;
  /** A heap: the next timer first. */
  readonly #timers: Timer[] = [];
  #order = 0;

  at(ms: number, run: () => void): Timer {
    const timer = { atMs: Math.max(ms, this.nowMs), order: this.#order++, run };
    const timers = this.#timers;
    let index = timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, timers[parent] as Timer)) break;
      timers[index] = timers[parent] as Timer;
      index = parent;
    }
    timers[index] = timer;
    return timer;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.nowMs + ms, resolve));
  }

  /** Runs one timer in each immediate, as Node settles all promises between two of them. */
  async until(ms: number): Promise<void> {
    let isDue = true;
    const runNext = () => {
      const next = this.#timers[0];
      isDue = next !== undefined && next.atMs <= ms;
      if (!next || !isDue) return;
      this.#remove();
      this.nowMs = next.atMs;
      next.run();
    };
    while (isDue) {
      // Many in each turn of the event loop, which costs more than they do.
      for (let count = 0; count < 32; count++) setImmediate(runNext);
      await turn();
    }
    this.nowMs = ms;
  }

  clockOf(host: Host): Clock {
    const sleep = (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          if (host.isDead) return;
          if (this.nowMs < host.pausedUntilMs) {
            this.at(host.pausedUntilMs, end);
            return;
          }
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          timer.run = () => {};
          end();
        };
        const timer = this.at(this.nowMs + ms / host.rate, end);
        if (signal.aborted) abort();
        else signal.addEventListener('abort', abort, { once: true });
      });
    return {
      now: () => this.nowMs * host.rate + host.wallOffsetMs,
      monotonic: () => this.nowMs * host.rate + host.offsetMs,
      offsetMinutes: () => 0,
      sleep,
    };
  }

  #remove(): void {
    const timers = this.#timers;
    const last = timers.pop() as Timer;
    if (timers.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && isBefore(timers[child + 1] as Timer, timers[child] as Timer)) child++;
      if (!isBefore(timers[child] as Timer, last)) break;
      timers[index] = timers[child] as Timer;
      index = child;
    }
    timers[index] = last;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
