/** Notes on disk which record is under way, where the run before ended uncleanly; see `RunNote`. */
import type { RunNote } from '../checkpoint/run-note.js';
import { describeError, type ReportFault } from '../faults.js';
import type { StreamRecord } from '../record.js';

/**
 * Notes the record until the event loop turns: a record that waits, such as for the output, does not end the process, and a
 * kill meanwhile is not its fault.
 * @returns what ends the note before that
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

/** A note that stays is replaced by the next, and removed at the end. */
function end(runNote: RunNote): void {
  try {
    runNote.end();
  } catch {}
}
