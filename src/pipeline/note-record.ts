/** Notes on disk which record is in progress, if the previous run ended uncleanly; see `RunNote`. */
import type { RunNote } from '../checkpoint/run-note.js';
import { describeError, type ReportFault } from '../faults.js';
import type { StreamRecord } from '../record.js';

/**
 * Notes the record until the event loop turns. While a record only waits, such as for the output, it cannot end the process,
 * and a kill then is not its fault.
 * @returns a function that ends the note earlier
 */
export function noteRecord(record: StreamRecord, runNote: RunNote, onFault: ReportFault): () => void {
  try {
    runNote.begin(record);
  } catch (error) {
    const message = `The note of the record under way could not be written, so a record that ends the process would not be found: ${describeError(error)}`;
    onFault({ stage: 'checkpoint', code: 'run-note-not-written', message, cause: error });
  }
  const turn = setImmediate(() => end(runNote));
  return () => {
    clearImmediate(turn);
    end(runNote);
  };
}

/** A note that cannot be removed is replaced by the next one, and removed at the end. */
function end(runNote: RunNote): void {
  try {
    runNote.end();
  } catch {}
}
