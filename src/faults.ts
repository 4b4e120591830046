/**
 * Faults as data. A stage reports a fault and continues by itself; the host decides how to show it. A fault is one occurrence;
 * `recovered` follows when the same stage works again.
 */
export interface Fault {
  /**
   * Where it happened: reading the stream, fetching what AWS dropped (`heal`), decoding a record, the output, the checkpoint, the
   * host's logger, or what shows the state.
   */
  readonly stage: 'read' | 'heal' | 'decode' | 'deliver' | 'checkpoint' | 'host' | 'report';
  /** Fixed word for the kind of fault, for counters and filters. */
  readonly code: string;
  /** One sentence for a person: what happened and, if possible, what to do. */
  readonly message: string;
  /** The affected shard; left out if the fault does not concern a single one. */
  readonly shardId?: string;
  /** Failures in a row, from 1. */
  readonly attempt?: number;
  /** Wait before the next attempt, in milliseconds. */
  readonly retryMs?: number;
  /** The original error, for a log. */
  readonly cause?: unknown;
}

/** A fault on its way to the emitter. */
export interface ReportedFault extends Fault {
  /**
   * What failed and is attempted again, by a name within the stage and shard: the fault is in force until this recovers. Empty for
   * the main work of the stage. Left out for a fault that happened once.
   */
  readonly operation?: string;
}

export interface Recovery extends Pick<Fault, 'stage' | 'shardId'> {
  /** The same as in the faults. */
  readonly operation: string;
}

export type ReportFault = (fault: ReportedFault) => void;
export type ReportRecovery = (what: Recovery) => void;

/** For a listener of the host that threw: throws its error when no code of this package is on the stack. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** The text of any thrown value. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a name with several addresses is an AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join('; ');
  return error.message || error.name;
}
