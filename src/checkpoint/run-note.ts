/**
 * Finds the record that kills the process, such as one that exhausts the memory. Attempts that are counted in memory do not
 * survive that. A note beside the checkpoint remains if a run ends uncleanly. In the next run, the first records of each shard
 * are noted on disk while they are in progress. A record that was noted at three such ends is a suspect; a kill from outside
 * hits the same record that often only by a rare chance. After a clean end, this costs one small file.
 *
 * A crash of the process loses nothing that was written, so nothing is synced. Notes are written synchronously, so that a note
 * exists before its record is processed, and is gone before anything else happens.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../durable-file.js';
import { readTrusted, resolveFile, UntrustedFileError } from '../trusted-file.js';

export interface RecordName {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

export interface RunNote {
  /** Whether the next record of the shard is to be noted. */
  isCareful(shardId: string): boolean;
  /** The process has ended often enough while this record was in progress. */
  isSuspect(record: RecordName): boolean;
  /** Notes a record, replacing the previous note. Throws if that fails. */
  begin(record: RecordName): void;
  /** No record is in progress. */
  end(): void;
  /** The run ends cleanly. @param isDone whether everything read is acked, so that no suspect is read again */
  close(isDone: boolean): Promise<void>;
}

/** How many records of a shard are noted. The number doubles after each further unclean end, since more may have been read. */
const defaultRecords = 10_000;
const standardEndsOfSuspect = 3;
const maxNoted = 100;

const recordName = z.object({ shardId: z.string(), sequenceNumber: z.string() });
const shape = z.object({
  /** Unclean ends since the last clean one, before this run. */
  ends: z.int().min(0),
  isClean: z.boolean(),
  /** Records that were in progress at those ends, each with the number of such ends. */
  noted: z.array(recordName.extend({ ends: z.int() })),
});

export interface RunNoteOptions {
  /** Records of a shard to note after the first unclean end. */
  readonly firstRecords?: number | undefined;
  /** Unclean ends after which a record in progress counts as a suspect. */
  readonly endsOfSuspect?: number | undefined;
}

/**
 * Call with the lock of the checkpoint held. Rejects if the note cannot be written, or if another user may have written it.
 *
 * @param checkpointPath the path beside which the note is written
 */
export async function openRunNote(
  checkpointPath: string,
  { firstRecords = defaultRecords, endsOfSuspect = standardEndsOfSuspect }: RunNoteOptions = {},
): Promise<RunNote> {
  const file = await resolveFile(checkpointPath);
  const [path, underWayPath] = [`${file}.run`, `${file}.under-way`];
  const before = parse(shape, await readText(path));
  const wasUnclean = before !== undefined && !before.isClean;
  const ends = wasUnclean ? before.ends + 1 : 0;
  const counts = new Map((before?.noted ?? []).map((record) => [toName(record), record]));
  const underWay = wasUnclean ? parse(recordName, await readText(underWayPath)) : undefined;
  if (underWay) {
    const name = toName(underWay);
    const known = counts.get(name)?.ends ?? 0;
    counts.delete(name);
    counts.set(name, { ...underWay, ends: known + 1 });
  }
  const noted = [...counts.values()].slice(-maxNoted);
  const suspects = noted.filter((record) => record.ends >= endsOfSuspect);
  const write = (content: z.output<typeof shape>) => replaceFile(path, `${JSON.stringify(content)}\n`);
  await write({ ends, isClean: false, noted });
  await rm(underWayPath, { force: true });

  const limit = ends === 0 ? 0 : firstRecords * 2 ** (ends - 1);
  const taken = new Map<string, number>();
  const suspectNames = new Set(suspects.map(toName));
  let isNoted = false;
  return {
    isCareful: (shardId) => limit > 0 && (taken.get(shardId) ?? 0) < limit,
    isSuspect: (record) => suspectNames.size > 0 && suspectNames.has(toName(record)),
    begin({ shardId, sequenceNumber }) {
      taken.set(shardId, (taken.get(shardId) ?? 0) + 1);
      isNoted = true;
      // Always a new file: not through a link, nor into a file that someone else has created.
      rmSync(underWayPath, { force: true });
      writeFileSync(underWayPath, JSON.stringify({ shardId, sequenceNumber }), { flag: 'wx', mode: 0o600 });
    },
    end() {
      if (isNoted) rmSync(underWayPath, { force: true });
      isNoted = false;
    },
    async close(isDone) {
      await rm(underWayPath, { force: true });
      if (isDone || suspects.length === 0) await rm(path, { force: true });
      else await write({ ends: 0, isClean: true, noted: suspects });
    },
  };
}

function toName({ shardId, sequenceNumber }: RecordName): string {
  return `${shardId} ${sequenceNumber}`;
}

/** Empty if there is none. Rejects with an `UntrustedFileError`: a forged note could keep records from delivery. */
async function readText(path: string): Promise<string> {
  return readTrusted(path).catch((error) => {
    if (error instanceof UntrustedFileError) throw error;
    return '';
  });
}

/** Undefined for a file that is missing or torn: nothing is then known about the previous run. */
function parse<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
