/** The ledger with the counts of work that is not finished: backfills, gaps that are being fetched, and replays. */
import { listBackfills } from '../checkpoint/backfill-checkpoint.js';
import { batchShape, type LedgerBatch, parseBatch } from '../checkpoint/ledger-batch.js';
import { readLedger, type WholeLedger } from '../checkpoint/read-ledger.js';
import { readTrusted } from '../trusted-file.js';
import { gapFilePath } from './gaps/gap-file.js';

/** Rejects if the ledger or the checkpoint cannot be read. */
export function readWholeLedger(checkpointPath: string, deadLetterPath: string): Promise<WholeLedger> {
  return readLedger(checkpointPath, async () => {
    const paths = [
      ...(await listBackfills(checkpointPath)),
      gapFilePath(checkpointPath),
      `${deadLetterPath}.replaying.progress.json`,
    ];
    return (await Promise.all(paths.map(readUnfinished))).flat();
  });
}

/** What cannot be read is reported by the work that it belongs to. */
async function readUnfinished(path: string): Promise<readonly LedgerBatch[]> {
  try {
    return findBatches(JSON.parse(await readTrusted(path)));
  } catch {
    return [];
  }
}

/** Every batch in a file of positions, wherever it is. */
function findBatches(value: unknown): readonly LedgerBatch[] {
  if (typeof value !== 'object' || value === null) return [];
  const { success, data } = batchShape.safeParse(value);
  return success ? [parseBatch(data)] : Object.values(value).flatMap(findBatches);
}
