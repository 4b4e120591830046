/** Why a SnareTransport gets no info of a level. */
import type { AttachedLogger } from './attached-loggers.js';

/** The fields of a transport that winston sets; it uses only one logger's level if there are several. */
export interface LeveledTransport {
  readonly silent?: boolean | undefined;
  readonly level?: string | undefined;
  readonly levels?: AttachedLogger['levels'];
  readonly parent?: AttachedLogger | null;
}

/** Returns the beginning of a sentence, or undefined if infos of the level pass. */
export function findBarrier(
  { silent, level: own, levels = {}, parent }: LeveledTransport,
  level: string,
): string | undefined {
  if (silent) return 'The SnareTransport is silent';
  const limit = own || parent?.level;
  if (!limit || Number(levels[limit]) >= Number(levels[level])) return undefined;
  if (levels[level] === undefined) return `The logger has no level "${level}"`;
  return `The level of the ${own ? 'SnareTransport' : 'logger'} is "${limit}"`;
}
