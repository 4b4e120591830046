/**
 * Finds the record that ends the process, such as one that takes all of the memory: attempts that are counted in memory do
 * not survive that. A note beside the checkpoint stays when a run ends uncleanly. In the run after that, the first records of
 * each shard are noted on disk while they are under way, and one that was noted at three such ends is a suspect: a kill from
 * outside meets the same record that often only by a rare chance. Where the run before ended cleanly, this costs one small file.
 *
 * A crash of the process loses nothing that was written, so nothing is synced. Notes are written without a turn of the event
 * loop, so that one is there before its record is looked at, and gone before anything else happens.
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
  /** The process ended often enough while this record was under way. */
  isSuspect(record: RecordName): boolean;
  /** Notes a record, in place of the one before. Throws when that fails. */
  begin(record: RecordName): void;
  /** No record is under way. */
  end(): void;
  /** The run ends cleanly. @param isDone whether all that was read is acknowledged, so that no suspect is read again */
  close(isDone: boolean): Promise<void>;
}

/** Records of a shard that are noted; twice as many after each further unclean end, since more may have been read. */
const defaultRecords = 10_000;
const standardEndsOfSuspect = 3;
const maxNoted = 100;

const recordName = z.object({ shardId: z.string(), sequenceNumber: z.string() });
const shape = z.object({
  /** Unclean ends since the last clean one, before this run. */
  ends: z.int().min(0),
  isClean: z.boolean(),
  /** Records that were under way at those, and at how many. */
  noted: z.array(recordName.extend({ ends: z.int() })),
});

export interface RunNoteOptions {
  /** Records of a shard that are noted after the first unclean end. */
  readonly firstRecords?: number | undefined;
  /** Unclean ends that make a suspect of a record that was under way. */
  readonly endsOfSuspect?: number | undefined;
}

/**
 * Call with the lock of the checkpoint held. Rejects when the note cannot be written, or another user may have written it.
 *
 * @param checkpointPath what the note is put beside
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
      // A file of its own, not through a link or into another file that somebody else has put there.
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

/** Empty when there is none. Rejects with an `UntrustedFileError`: what it names would not be delivered. */
async function readText(path: string): Promise<string> {
  return readTrusted(path).catch((error) => {
    if (error instanceof UntrustedFileError) throw error;
    return '';
  });
}

/** Undefined for a file that is missing or torn: then nothing is known of the run before. */
function parse<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
