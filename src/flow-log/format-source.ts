/**
 * Where the formats for a log stream come from: the settings alone, or also what AWS says of its log group. Parsing stays
 * synchronous: the caller that parses a record calls `prepare` first, and then `pin`, which gives the formats for it.
 */
import type { FlowLogFormat } from '../flow-log-format.js';
import type { FormatList } from './format-list.js';

/** As much of an envelope as the choice of formats depends on. */
export interface LogLines {
  /** Account of the log group; empty when unknown. */
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly events: readonly { readonly message: string }[];
}

/** What is known at a moment. It never changes; what is found later is another one. */
export interface KnownFormats {
  /** In the order in which to try them; never empty. Without an owner, that of the stream. The same array for the same. */
  select(logGroup: string, logStream: string, owner?: string): readonly FlowLogFormat[];
  /** False for a log group that `prepare` would look up before its first line is parsed. */
  knows(logGroup: string, owner?: string): boolean;
}

export interface FormatSource {
  readonly current: KnownFormats;
  /**
   * Sees to it that `current` is the best that can be known for these lines. Undefined when there is nothing to wait for.
   * Rejects only when it is stopped: the lines then have to be read again.
   */
  prepare(lines: readonly LogLines[]): Promise<void> | undefined;
  /** Whether `prepare` would look a log group up because of a line that fits no format. */
  isDue(source: Pick<LogLines, 'owner' | 'logGroup'>): boolean;
  /**
   * The formats for a record, named by the object that holds its bytes: the current ones, and from then on the same for the
   * same record, since what is made of it once more has to be the same to the byte.
   */
  pin(record: object): KnownFormats;
  /** Undefined before the first `pin`. */
  pinned(record: object): KnownFormats | undefined;
  /** See `FormatList`. */
  readonly ambiguous: readonly string[];
}

export function createFixedFormats({ select, ambiguous }: FormatList): FormatSource {
  const current: KnownFormats = { select: (logGroup, logStream) => select(logGroup, logStream), knows: () => true };
  return {
    current,
    ambiguous,
    prepare: () => undefined,
    isDue: () => false,
    pin: () => current,
    pinned: () => current,
  };
}
