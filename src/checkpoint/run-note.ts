/**
 * Finds the record that ends the process, such as one that takes all of the memory: attempts that are counted in memory do
 * not survive that. A note beside the checkpoint stays when a run ends uncleanly. After two such ends at the same position
 * of a shard, each of its next records is noted on disk while it is under way; the one that is noted when the process ends
 * once more is a suspect. In normal running it costs one small file at the start.
 *
 * A crash of the process loses nothing that was written, so nothing is synced.
 */
import { constants, readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ShardPosition } from '../progress.js';
import { resolveFile } from '../resolve-file.js';
import { replaceFile } from './replace-file.js';

export interface RecordName {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

export interface RunNote {
  /** Whether the next record of the shard has to be noted. */
  isCareful(shardId: string): boolean;
  /** The process ended while this record was under way. */
  isSuspect(record: RecordName): boolean;
  /** Notes a record; resolves when the note would survive the process. One record at a time. */
  begin(record: RecordName): Promise<void>;
  /** The record is no longer under way. */
  end(): Promise<void>;
  /** The run ends cleanly. @param isDone whether all that was read is acknowledged, so that no suspect is read again */
  close(isDone: boolean): Promise<void>;
}

/** Unclean ends at the same position from which on records are noted. */
const endsUntilCareful = 2;
/** Records of a shard that are noted; twice as many with each further end, since more may have been under way. */
const defaultRecords = 10_000;
const maxSuspects = 100;
/** Not through a link that somebody else has put there. */
const noteFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

const recordName = z.object({ shardId: z.string(), sequenceNumber: z.string() });
const shape = z.object({
  isClean: z.boolean(),
  /** Where each shard began, and how many runs had ended uncleanly there. */
  shards: z.record(z.string(), z.object({ position: z.string(), ends: z.int() })),
  suspects: z.array(recordName),
});
type Content = z.output<typeof shape>;

/**
 * Call with the lock of the checkpoint held. Rejects when the note cannot be written.
 * @param positions where the run begins
 */
export async function openRunNote(
  checkpointPath: string,
  positions: ReadonlyMap<string, ShardPosition>,
  carefulRecords = defaultRecords,
): Promise<RunNote> {
  const file = await resolveFile(checkpointPath);
  const [path, underWayPath] = [`${file}.run`, `${file}.under-way`];
  const before = parse(shape, await readText(path));
  const wasUnclean = before !== undefined && !before.isClean;
  const underWay = wasUnclean ? parse(recordName, await readText(underWayPath)) : undefined;
  const shards: Content['shards'] = {};
  for (const [shardId, at] of positions) {
    const position = JSON.stringify(at);
    const known = before?.shards[shardId];
    const endsBefore = known?.position === position ? known.ends : 0;
    shards[shardId] = { position, ends: wasUnclean ? endsBefore + 1 : 0 };
  }
  const suspects = [...(before?.suspects ?? []), ...(underWay ? [underWay] : [])].slice(-maxSuspects);
  const write = (content: Content) => replaceFile(path, `${JSON.stringify(content)}\n`);
  await write({ isClean: false, shards, suspects });
  await rm(underWayPath, { force: true });

  const left = new Map(
    Object.entries(shards)
      .filter(([, { ends }]) => ends >= endsUntilCareful)
      .map(([shardId, { ends }]) => [shardId, carefulRecords * 2 ** (ends - endsUntilCareful)]),
  );
  const suspectNames = new Set(suspects.map(toName));
  return {
    isCareful: (shardId) => (left.get(shardId) ?? 0) > 0,
    isSuspect: (record) => suspectNames.size > 0 && suspectNames.has(toName(record)),
    async begin({ shardId, sequenceNumber }) {
      left.set(shardId, (left.get(shardId) ?? 0) - 1);
      await writeFile(underWayPath, JSON.stringify({ shardId, sequenceNumber }), { flag: noteFlags, mode: 0o600 });
    },
    async end() {
      await rm(underWayPath, { force: true });
    },
    async close(isDone) {
      await rm(underWayPath, { force: true });
      if (isDone || suspects.length === 0) await rm(path, { force: true });
      else await write({ isClean: true, shards: {}, suspects });
    },
  };
}

function toName({ shardId, sequenceNumber }: RecordName): string {
  return `${shardId} ${sequenceNumber}`;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Undefined for a file that is missing or torn: then nothing is known of the run before. */
function parse<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
