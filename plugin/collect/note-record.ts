/** Notes on disk which record is under way, where the runs before ended uncleanly; see `RunNote`. */
import type { RunNote } from '../../src/checkpoint/run-note.js';
import type { Clock } from '../../src/clock.js';
import { describeError, type ReportFault } from '../../src/faults.js';
import type { StreamRecord } from '../../src/record.js';

export interface NoteRecordOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly onFault: ReportFault;
}

/** A record that waits longer, such as for the output, does not end the process. */
const limitMs = 1000;

/** Resolves once the record is noted, with the function that ends the note; it ends by itself after a second. */
export async function noteRecord(
  record: StreamRecord,
  runNote: RunNote,
  { clock, onFault }: NoteRecordOptions,
): Promise<() => Promise<void>> {
  try {
    await runNote.begin(record);
  } catch (error) {
    const message = `The note of the record under way could not be written, so a record that ends the process would not be found: ${describeError(error)}`;
    onFault({ stage: 'checkpoint', code: 'run-note-not-written', message, cause: error });
  }
  const ended = new AbortController();
  const end = clock.sleep(limitMs, ended.signal).then(() => runNote.end().catch(() => {}));
  return () => {
    ended.abort();
    return end;
  };
}
