/**
 * Everything that the ledger counts, from the files of all that count: the checkpoint, the batches of finished work, and the
 * positions of work that is not finished. They may be in use: what moves from one to the other meanwhile counts once, since the
 * files are read in the direction in which counts move.
 */
import { readCheckpointFile } from './checkpoint-file.js';
import { type LedgerBatch, readBatches } from './ledger-batch.js';
import { LedgerCounts, parseCounts } from './ledger-counts.js';
import { readLedgerFile } from './ledger-file.js';

export interface WholeLedger {
  readonly counts: LedgerCounts;
  /** From when all is counted, in milliseconds since 1970; undefined if nothing of a stream was counted yet. */
  readonly sinceMs: number | undefined;
  /** Paths of the batches, and of the checkpoint, whose counts cannot be read and are missing. */
  readonly unreadable: readonly string[];
}

/**
 * Rejects if the ledger or the checkpoint cannot be read.
 *
 * @param readUnfinished reads the batches of work that is not finished
 */
export async function readLedger(
  checkpointPath: string,
  readUnfinished: () => Promise<readonly LedgerBatch[]>,
): Promise<WholeLedger> {
  const unfinished = await readUnfinished();
  const { content } = await readCheckpointFile(checkpointPath);
  const found = await readBatches(checkpointPath);
  const ledger = await readLedgerFile(checkpointPath);
  const counts = new LedgerCounts();
  if (ledger) counts.addAll(ledger.counts);
  const unfolded = content?.ledger;
  if (unfolded && unfolded.epoch >= (ledger?.epoch ?? 0)) counts.addAll(parseCounts(unfolded.counts));
  const ids = new Set(ledger?.batches);
  for (const batch of [...found.flatMap(({ batch }) => batch ?? []), ...unfinished]) {
    if (!ids.has(batch.id)) counts.addAll(batch.counts);
    ids.add(batch.id);
  }
  return {
    counts,
    sinceMs: latest(ledger?.sinceMs, unfolded?.sinceMs),
    unreadable: [
      ...(unfolded === null ? [checkpointPath] : []),
      ...found.flatMap(({ path, batch }) => (batch ? [] : path)),
    ],
  };
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
