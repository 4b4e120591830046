/**
 * Finds a transport of the host that no longer accepts infos. A logger writes to its transports at the pace of the slowest, so
 * such a transport holds up all the others. It was closed while it was on the logger, or it threw during a write: its stream
 * then waits for a callback that never comes.
 */
import type { HostLogger } from '../api.js';
import type { Block } from './find-block.js';
import { hasThrown, isClosed, isSlow, isStuck } from './stream-state.js';

/** Must not be called during a write to the logger. */
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

/** The transport that threw, right after a write to the logger threw. Undefined if a format of the logger threw. */
export function findThrower(logger: HostLogger): unknown {
  return logger.transports.find(hasThrown);
}

/** A transport that the logger waits for; undefined if it waits for none. */
export function findSlow(logger: HostLogger): unknown {
  return logger.transports.find(isSlow);
}

/** The name of the transport in quotes, such as `"console"` for one of winston's own; otherwise the name of its class. */
export function nameTransport(transport: unknown): string {
  const { name } = transport as { readonly name?: unknown };
  return `"${typeof name === 'string' && name !== '' ? name : String(transport?.constructor?.name)}"`;
}

/**
 * The stream that a transport of winston writes to. The transport closes this stream but not itself, and throws at the next
 * write.
 */
function innerOf(transport: unknown): unknown {
  return (transport as { readonly _stream?: unknown })._stream ?? {};
}
