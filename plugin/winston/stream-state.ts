/** Reads the internal state of a stream, for loggers and transports of winston, where no method gives it. */

/** The state of a stream of Node, or of the package readable-stream, reduced to what is used here. */
interface WritableState {
  readonly ending?: boolean;
  readonly destroyed?: boolean;
  /** A write is in progress. */
  readonly writing?: boolean;
  /** Set during `_write`, and after it threw; also set before the first write. */
  sync?: boolean;
  /** Number of writes whose callback has not been called yet. */
  readonly pendingcb?: number;
  readonly needDrain?: boolean;
}

/** Whether a stream no longer accepts writes. Streams of the package readable-stream have no `writableEnded`. */
export function isClosed(stream: unknown): boolean {
  const { ending, destroyed } = stateOf(stream);
  return Boolean(ending || destroyed);
}

/** Whether a write threw and the stream waits for a callback that never comes. Do not call this during a write. */
export function isStuck(stream: unknown): boolean {
  const { writing, sync } = stateOf(stream);
  return Boolean(writing && sync);
}

/** Whether a write has just thrown. */
export function hasThrown(stream: unknown): boolean {
  const { sync, pendingcb = 0 } = stateOf(stream);
  return Boolean(sync && pendingcb > 0);
}

/** Whether the stream asked its writers to wait. */
export function isSlow(stream: unknown): boolean {
  return Boolean(stateOf(stream).needDrain);
}

/** Whether a write has not called back yet. */
export function isWriting(stream: unknown): boolean {
  return Boolean(stateOf(stream).writing);
}

/**
 * Makes the write in progress call back at once, as winston does for an info that a level keeps back. Otherwise each info would
 * cost a turn of the tick queue.
 */
export function callBackAtOnce(stream: unknown): void {
  stateOf(stream).sync = false;
}

function stateOf(stream: unknown): WritableState {
  return (stream as { readonly _writableState?: WritableState })._writableState ?? {};
}
