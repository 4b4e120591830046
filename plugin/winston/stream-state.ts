/** The state inside of a stream that no method of it gives, for loggers and transports of winston. */

/** Of a stream of Node, or of the package readable-stream, as far as it matters here. */
interface WritableState {
  readonly ending?: boolean;
  readonly destroyed?: boolean;
  /** A write is under way. */
  readonly writing?: boolean;
  /** Set while `_write` is on the stack, and when it threw; also before the first write. */
  sync?: boolean;
  /** Writes of which the callback was not called yet. */
  readonly pendingcb?: number;
  readonly needDrain?: boolean;
}

/** Whether a stream takes no writes any more. Those of the package readable-stream have no `writableEnded`. */
export function isClosed(stream: unknown): boolean {
  const { ending, destroyed } = stateOf(stream);
  return Boolean(ending || destroyed);
}

/** A write threw, after which the stream waits for a callback that never comes. Not from within a write. */
export function isStuck(stream: unknown): boolean {
  const { writing, sync } = stateOf(stream);
  return Boolean(writing && sync);
}

/** A write has just thrown. */
export function hasThrown(stream: unknown): boolean {
  const { sync, pendingcb = 0 } = stateOf(stream);
  return Boolean(sync && pendingcb > 0);
}

/** It asked its writers to wait. */
export function isSlow(stream: unknown): boolean {
  return Boolean(stateOf(stream).needDrain);
}

/** The callback of a write was not called yet. */
export function isWriting(stream: unknown): boolean {
  return Boolean(stateOf(stream).writing);
}

/**
 * Lets the write that is under way call back at once, as winston does for an info that a level keeps back: else each info would
 * cost a turn of the queue of ticks.
 */
export function callBackAtOnce(stream: unknown): void {
  stateOf(stream).sync = false;
}

function stateOf(stream: unknown): WritableState {
  return (stream as { readonly _writableState?: WritableState })._writableState ?? {};
}
