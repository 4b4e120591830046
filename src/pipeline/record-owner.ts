/** What the records of a pipeline share after processing: how they are rebuilt, counted and rejected. */
import { describeError, type ReportFault } from '../faults.js';
import type { StreamRecord } from '../record.js';
import type { PluginEmitter } from '../report/events.js';
import type { Counters } from '../report/stats.js';
import { type DeadLetter, toLetter } from './dead-letter-file.js';
import type { DeadLetterQueue } from './dead-letter-queue.js';
import type { RecordOwner, RejectReason } from './open-record.js';
import type { RecordRebuilder } from './rebuild-record.js';
import type { UnreadableLetters } from './unreadable-letters.js';

export interface RecordOwnerOptions {
  readonly deadLetters: Pick<DeadLetterQueue, 'put' | 'putUntilDone'>;
  readonly counters: Counters;
  readonly countAcked: RecordOwner['countAcked'];
  readonly events: PluginEmitter;
  readonly onFault: ReportFault;
  /** Aborts when nothing waits for the dead letters of lines any more. */
  readonly signal: AbortSignal;
  /** If set, a line that the output cannot carry is sent as rows. */
  readonly unreadable?: Pick<UnreadableLetters, 'putUntilDone'> | undefined;
}

const rejectReasons = {
  rejected: {
    reason: 'line-too-long',
    detail: 'The line is longer than the output can carry; see output.maxLineBytes',
  },
  failed: { reason: 'format-failed', detail: 'A format of the host app failed on the flow log' },
} as const satisfies Record<RejectReason, object>;

export function createRecordOwner(
  rebuilder: Pick<RecordRebuilder, 'process' | 'row'>,
  { deadLetters, counters, countAcked, events, onFault, signal, unreadable }: RecordOwnerOptions,
): RecordOwner {
  return {
    countAcked,
    countFiltered(lines) {
      counters.filtered += lines;
      events.emit('filtered', { lines });
    },
    process: (record) => rebuilder.process(record),
    row: (record, index) => rebuilder.row(record, index),
    async rejectEvent(record, index, why) {
      const { shardId, sequenceNumber } = record;
      const make = async () => {
        const row = await rebuilder.row(record, index);
        const { logGroup } = row;
        return toLetter({
          shardId,
          sequenceNumber,
          logGroup,
          ...rejectReasons[why],
          logEvents: 1,
          data: row.toPayload(),
        });
      };
      try {
        // What a format of the host failed on would fail again.
        if (why === 'rejected' && unreadable) {
          return (await unreadable.putUntilDone(record, make, signal)) ? 'rows' : 'abandoned';
        }
        return (await deadLetters.putUntilDone(shardId, make, signal)) ? 'dead-letter' : 'abandoned';
      } catch (error) {
        const message = `A flow log that cannot be sent cannot be rebuilt for the dead-letter file, so its record is read again at the next start: ${describeError(error)}`;
        onFault({ stage: 'decode', code: 'not-made-again', message, shardId, cause: error });
        return 'abandoned';
      }
    },
    reject: (record, reason, detail, logEvents) => deadLetters.put([toWholeLetter(record, reason, detail, logEvents)]),
  };
}

/**
 * The unchanged record.
 *
 * @param logEvents how many of its log events count in the ledger
 */
export function toWholeLetter(
  { shardId, sequenceNumber, data }: StreamRecord,
  reason: string,
  detail: string,
  logEvents?: number,
): DeadLetter {
  return toLetter({ shardId, sequenceNumber, reason, detail, logEvents, data });
}
