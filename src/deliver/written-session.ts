/**
 * Sends lines over one channel and counts a write as their confirmation. For files and pipes that is accurate; for receivers
 * that never close a connection it is the best available. The first write of a connection counts only after a while without
 * bytes or an end from the remote side, since another service, or a TLS port, answers by then.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import type { Channel, OpenChannel } from './channel.js';
import { joinPayloads } from './join-payloads.js';
import type { Outbox } from './outbox.js';
import type { Session } from './session.js';

export interface WrittenSessionOptions {
  readonly outbox: Outbox;
  readonly open: OpenChannel;
  /** Called when the channel is open. */
  readonly onOpen: () => void;
  /** Called when deliveries were confirmed, with their bytes. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** How long the channel is watched after its first write before that counts; 0 for a channel that cannot answer. */
  readonly watchMs: number;
}

/** Bytes per write; large enough to make writes cheap. */
const writeBytes = 256 * 1024;

/** `run` resolves when the signal aborts, or when the remote side closes while the outbox is empty; it rejects on a failure. */
export class WrittenSession implements Session {
  readonly #options: WrittenSessionOptions;
  /** Aborts when the channel takes no more lines: on a stop, on a failure, or for a new channel. */
  #over = new AbortController();
  /** Whether the next write is the first of its channel. */
  #isWatched = false;

  constructor(options: WrittenSessionOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      this.#over = new AbortController();
      const isReplaced = await this.#serve(this.#over);
      if (!isReplaced) return;
    }
  }

  /** Takes effect between two writes: a write in progress is confirmed first. */
  reopen(): void {
    this.#over.abort(REOPENED);
  }

  /** Sends over one channel until it is over; returns whether to open another one. */
  async #serve(over: AbortController): Promise<boolean> {
    const { open, signal, onOpen } = this.#options;
    const channel = await open(signal);
    // Nothing but the end of its connection ends a write to a receiver that no longer reads. No graceful end is requested:
    // written lines are already confirmed, and these receivers would not answer it.
    const dead = new AbortController();
    const end = () => {
      over.abort();
      dead.abort();
    };
    const stop = () => {
      end();
      channel.destroy();
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    let failed: Error | undefined;
    void channel.failure.then((error) => {
      failed = error;
      end();
    });
    this.#isWatched = this.#options.watchMs > 0;
    try {
      onOpen();
      while (!over.signal.aborted) await this.#step(channel, over.signal, dead.signal, () => failed);
      if (failed && !this.#options.outbox.isEmpty) throw failed;
    } finally {
      signal.removeEventListener('abort', stop);
      channel.destroy();
    }
    return over.signal.reason === REOPENED;
  }

  async #step(channel: Channel, over: AbortSignal, dead: AbortSignal, failure: () => Error | undefined): Promise<void> {
    const { outbox, onProgress, clock, watchMs, signal } = this.#options;
    if (outbox.waiting === 0) {
      await outbox.whenChanged(over);
      return;
    }
    const batch = outbox.take(writeBytes);
    await channel.write(await joinPayloads(batch));
    if (this.#isWatched) await watch(clock, watchMs, dead);
    // A stop that cuts the watch short leaves the write unconfirmed.
    if (this.#isWatched && signal.aborted) return;
    this.#isWatched = false;
    // A connection that the remote side has dropped accepts a write that nobody reads.
    const failed = failure();
    if (failed) throw failed;
    onProgress(outbox.confirm(batch.length));
  }
}

/**
 * Waits in several steps, and sees after each step what has arrived by then. A thread that was busy the whole time would otherwise
 * see the end of one long wait before an answer that arrived during it.
 */
async function watch(clock: Clock, watchMs: number, signal: AbortSignal): Promise<void> {
  for (let step = 0; step < watchSteps && !signal.aborted; step++) {
    await clock.sleep(watchMs / watchSteps, signal);
    await yieldToEventLoop();
  }
}

const watchSteps = 4;

const REOPENED = 'A new channel is asked for';
