/**
 * Finds a transport of the host that takes nothing any more: a logger hands an info to its transports at the pace of the
 * slowest, so it holds up all of them. It may have been closed while it was on the logger, or have thrown in the middle of a
 * write, after which a stream waits for a callback that never comes.
 */
import type { Block } from './find-block.js';
import type { HostLogger } from './host-logger.js';
import { hasThrown, isClosed, isSlow, isStuck } from './stream-state.js';

/** Must not be called from within a write to the logger. */
export function findStopped(logger: HostLogger): Block | undefined {
  if (isStuck(logger)) {
    const reason = 'The logger has stopped, because it failed in the middle of a write';
    return { code: 'transport-stopped', reason, advice: 'make the logger again, or set delivery: "direct"' };
  }
  const stopped = logger.transports.find((transport) => isClosed(transport) || isStuck(transport));
  if (stopped === undefined) return undefined;
  const name = nameTransport(stopped);
  const why =
    isClosed(stopped) || isClosed(innerOf(stopped))
      ? 'was closed while it was on the logger'
      : 'failed in the middle of a write';
  return {
    code: 'transport-stopped',
    reason: `The transport ${name} ${why}, and holds up the logger`,
    advice: 'remove it from the logger',
  };
}

/** The transport that threw, right after a write to the logger did; undefined when it was a format of the logger. */
export function findThrower(logger: HostLogger): unknown {
  return logger.transports.find(hasThrown);
}

/** A transport that the logger waits for; undefined when it waits for none. */
export function findSlow(logger: HostLogger): unknown {
  return logger.transports.find(isSlow);
}

/** As winston's own transports are named, in quotes. */
export function nameTransport(transport: unknown): string {
  const { name } = transport as { readonly name?: unknown };
  return `"${typeof name === 'string' && name !== '' ? name : String(transport?.constructor?.name)}"`;
}

/** What a transport of winston writes to: it closes this, and not itself, and throws at the next write. */
function innerOf(transport: unknown): unknown {
  return (transport as { readonly _stream?: unknown })._stream ?? {};
}
