/** `replay` of one dead letter: it goes through the pipeline as the record that it was. */
import type { LedgerBounds } from '../../../src/checkpoint/ledger-counts.js';
import { systemClock } from '../../../src/clock.js';
import type { DeliveryOutcome } from '../../../src/delivery.js';
import { type DeadLetter, formatLetter } from '../../../src/pipeline/dead-letter-file.js';
import type { LineOutput } from '../../../src/pipeline/line-output.js';
import { type ProcessOptions, processRecord } from '../../../src/pipeline/process-record.js';
import type { StreamRecord } from '../../../src/record.js';
import { emptyTally, type HourTally } from '../../../src/tally.js';
import type { LetterLine, ReplayFile } from './replay-file.js';

/** The lines to keep of a dead letter, once its rows are confirmed or given up. */
export type Replayed = () => readonly string[];

export interface ReplayedInto extends ProcessOptions {
  readonly letters: ReplayFile;
  /** The hours that the ledger keeps. */
  readonly bounds: LedgerBounds;
}

/**
 * Sends the rows that the letter now gives. Resolves when they are handed to the output; the lines to keep are known once they
 * are confirmed or given up.
 */
export async function replayLetter(
  line: LetterLine,
  deadLetter: DeadLetter,
  output: LineOutput,
  { letters, bounds, ...options }: ReplayedInto,
): Promise<Replayed> {
  const { deadLetters, rows, tally } = await processRecord(toRecord(deadLetter), options);
  let sent = 0;
  let delivered = 0;
  const settle = (outcome: DeliveryOutcome) => {
    if (outcome === 'delivered') delivered++;
  };
  for (const { row, message } of rows) {
    sent++;
    const payload = output.formatLine(row, message);
    const bytes = Buffer.byteLength(payload);
    if (bytes > output.maxLineBytes) continue;
    output.send({ payload, bytes, lines: 1, settle });
    if (output.hasRoom) continue;
    // If the process ends during the wait, the letter is not the cause.
    letters.end();
    await output.whenRoom(new AbortController().signal);
    letters.begin(line);
  }
  return () => {
    // The letter cannot be used, or is not confirmed: it stays as it is.
    if ((sent === 0 && deadLetters.length > 0) || delivered < sent) return [line.text];
    const isCounted = deadLetter.logEvents !== undefined;
    tally?.forEach((counts) => {
      letters.batch.counts.add([toChange(counts, isCounted)], bounds);
    });
    return deadLetters.map(formatLetter);
  };
}

/**
 * What a letter that is done adds to the ledger.
 *
 * @param isCounted its log events count as dead letters there
 */
function toChange(counts: HourTally, isCounted: boolean): HourTally {
  const deadLettered = counts.deadLettered - counts.events;
  return isCounted ? { ...counts, ...emptyTally(), deadLettered } : counts;
}

function toRecord({ shardId, sequenceNumber, data }: DeadLetter): StreamRecord {
  return {
    shardId,
    sequenceNumber,
    data,
    readMs: systemClock.now(),
    arrivalMs: undefined,
    ack: () => {},
  };
}
