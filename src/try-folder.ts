/** Whether a program may create files in a folder, by doing so: rights, a read-only file system and a full disk all show. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openTrusted, resolveFile, type TrustedFileOptions } from './trusted-file.js';

/** Rejects when no file can be created in the folder. Leaves nothing behind. */
async function tryFolder(path: string): Promise<void> {
  const probe = join(path, `.kinesis-snare-${randomUUID()}`);
  const file = await open(probe, 'wx', 0o600);
  await file.close();
  await rm(probe);
}

/**
 * Rejects if the file cannot be opened for writing or, when there is none, could not be created. Resolves with whether there is
 * one; creates none.
 */
export async function tryFile(path: string, options: Pick<TrustedFileOptions, 'mayBeSpecial'> = {}): Promise<boolean> {
  const flags = constants.O_APPEND | constants.O_RDWR;
  const file = await openTrusted(path, { flags, ...options }).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (file) await file.close();
  else await tryFolder(dirname(await resolveFile(path)));
  return file !== undefined;
}

/** As `tryFolder`, for a folder that may be created later with its parents: tries the first of them that exists. */
export async function tryMissingFolder(path: string): Promise<void> {
  try {
    await tryFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await tryMissingFolder(dirname(path));
  }
}
