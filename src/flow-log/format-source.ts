/**
 * Where the formats for a log stream come from: the settings alone, or also what AWS says about its log group. Parsing stays
 * synchronous: before it parses a record, the caller calls `prepare` and then `pin`, which returns its formats.
 */
import type { FlowLogFormat } from '../flow-log-format.js';
import type { FormatList } from './format-list.js';

/** The part of an envelope on which the choice of formats depends. */
export interface LogLines {
  /** Account of the log group; empty when unknown. */
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly events: readonly { readonly message: string }[];
}

/** A snapshot of the known formats. It never changes; later findings create a new one. */
export interface KnownFormats {
  /** In the order in which to try them; never empty. Owner defaults to that of the stream. Same formats, same array. */
  select(logGroup: string, logStream: string, owner?: string): readonly FlowLogFormat[];
  /** False for a log group that `prepare` would look up before its first line is parsed. */
  knows(logGroup: string, owner?: string): boolean;
}

export interface FormatSource {
  readonly current: KnownFormats;
  /**
   * Makes `current` the best that can be known for these lines. Undefined if there is nothing to wait for. Rejects only when
   * stopped; the lines then have to be read again.
   */
  prepare(lines: readonly LogLines[]): Promise<void> | undefined;
  /** Whether `prepare` would look up a log group because a line fits no format. */
  isDue(source: Pick<LogLines, 'owner' | 'logGroup'>): boolean;
  /**
   * The formats for a record, identified by the object that holds its bytes: the current ones at the first call, and the same
   * ones at every later call, since the record may have to be rebuilt byte for byte.
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
