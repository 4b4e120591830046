/** Finds what keeps all flow logs from the transports that have to confirm them. */
import type { HostLogger } from '../api.js';
import { flowLogLevel } from './flow-log-info.js';
import type { SnareTransport } from './snare-transport.js';

export interface Block {
  /** The code for faults. */
  readonly code: 'no-transport' | 'level-blocks' | 'transport-stopped';
  /** The reason, as the beginning of a sentence. */
  readonly reason: string;
  /** What to do about it. */
  readonly advice: string;
}

/**
 * @param transports the transports of the logger that take the flow logs
 * @returns undefined if flow logs reach at least one of them
 */
export function findBlock(
  logger: HostLogger,
  transports: readonly SnareTransport[],
): (Block & { readonly code: 'no-transport' | 'level-blocks' }) | undefined {
  const [first] = transports;
  if (!first) {
    return { code: 'no-transport', reason: 'The logger no longer has a SnareTransport', advice: 'add one' };
  }
  const barrier = logger.silent ? 'The logger is silent' : findBarrier(transports);
  return barrier === undefined ? undefined : { code: 'level-blocks', reason: barrier, advice };
}

/** The barrier of the first transport if every transport has one. */
function findBarrier(transports: readonly SnareTransport[]): string | undefined {
  const barriers = transports.map((transport) => transport.findBarrier(flowLogLevel));
  return barriers.includes(undefined) ? undefined : barriers[0];
}

const advice = `let infos of the level "${flowLogLevel}" pass, which flow logs have, or set delivery: "direct"`;
