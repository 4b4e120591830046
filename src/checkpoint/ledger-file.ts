/** The file of the ledger beside the checkpoint, which keeps what has been counted since it was begun. */
import { z } from 'zod';
import { replaceFile } from '../durable-file.js';
import { readTrusted, resolveFile } from '../trusted-file.js';
import { countsShape, formatCounts, type LedgerCounts, parseCounts } from './ledger-counts.js';
import { time } from './range-shape.js';

export interface LedgerContent {
  /** Grows each time that counts of the checkpoint are added; see `Ledger`. */
  readonly epoch: number;
  /** From when all is counted, in milliseconds since 1970: what was sent before may be missing. */
  readonly sinceMs: number;
  readonly counts: LedgerCounts;
  /** Ids of the latest batches that were added. */
  readonly batches: readonly string[];
}

const shape = z.object({
  version: z.literal(1),
  epoch: z.int().min(0),
  sinceMs: time,
  batches: z.array(z.string()),
  counts: countsShape,
});

/** Kept in the checkpoint until they are in the ledger. */
export const unfoldedShape = z.object({ epoch: z.int().min(0), sinceMs: time, counts: countsShape });
export type UnfoldedText = z.output<typeof unfoldedShape>;

export function ledgerPath(checkpointPath: string): string {
  return `${checkpointPath}.ledger.json`;
}

/** Undefined if there is none. Rejects if it cannot be read. */
export async function readLedgerFile(checkpointPath: string): Promise<LedgerContent | undefined> {
  try {
    const { counts, ...content } = shape.parse(JSON.parse(await readTrusted(ledgerPath(checkpointPath))));
    return { ...content, counts: parseCounts(counts) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves when it is on disk. */
export async function writeLedgerFile(checkpointPath: string, content: LedgerContent): Promise<void> {
  const { counts, ...rest } = content;
  const file = await resolveFile(ledgerPath(checkpointPath));
  await replaceFile(file, `${JSON.stringify({ version: 1, ...rest, counts: formatCounts(counts) })}\n`);
}
