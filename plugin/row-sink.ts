/** Where rows go on their way out: through the host's logger, or straight to the output. */
import type { FlowLogRow } from './process-record.js';
import type { Outcome } from './settlement.js';
import type { SnareTransport } from './transport.js';

export interface RowSink {
  /**
   * Takes a row. Resolves when there is room for the next one, or when the signal aborted. `settle` is called once, then
   * or later; with `abandoned` when the signal aborted before the row went anywhere.
   */
  take(item: FlowLogRow, settle: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> | void;
}

/** Rows straight to the output, past a logger and its formats: for throughput, and for the command line. */
export function createDirectSink(transport: SnareTransport): RowSink {
  return {
    take({ row, message }, settle, signal) {
      transport.ship(row, message, settle);
      return transport.hasRoom ? undefined : transport.whenRoom(signal);
    },
  };
}
