/**
 * Makes the names in a folder durable. A file that was created or renamed may be gone after a loss of power, whatever was
 * synced of its bytes, until its folder is synced too.
 */
import { type FileHandle, open } from 'node:fs/promises';

/** Windows, some network file systems, and a folder that may be written but not read, have no way to sync it. */
const impossible: ReadonlySet<string | undefined> = new Set(['EINVAL', 'EACCES', 'EPERM']);

export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    if (!impossible.has((error as NodeJS.ErrnoException).code)) throw error;
  } finally {
    await folder?.close();
  }
}
