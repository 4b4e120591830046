/** Waits that a signal ends. None of them leaves a listener on the signal. */

/**
 * Settles as the work does, or rejects with an `AbortError` once the signal aborts: for work that takes no signal, or does not
 * look at it everywhere. What is left of such work runs on, and its outcome is dropped.
 */
export function abortable<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(Object.assign(new Error('The work was aborted'), { name: 'AbortError' }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Settles as the work does, or resolves with `otherwise` once the signal aborts. */
export function orAtAbort<Result>(work: Promise<Result>, signal: AbortSignal, otherwise: Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(otherwise);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** Waits for all of them, then rejects with the first failure, if any. */
export async function allDone(work: Iterable<Promise<unknown>>): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason;
}

/**
 * Aborts the controller with the first of the signals. Not AbortSignal.any: it leaks memory in a long-lived signal
 * (https://github.com/nodejs/node/issues/54614).
 *
 * @returns removes the listeners
 */
export function abortWith(controller: AbortController, signals: readonly AbortSignal[]): () => void {
  const abort = () => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  }
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  };
}

/** Callers that wait for a recurring event. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wake`, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of this.#waiting) done();
  }
}
