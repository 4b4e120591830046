/**
 * Files and folders that are still there after a loss of power. A file that was created or renamed may be gone, whatever was
 * synced of its bytes, until its folder is synced too.
 */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type FileIdentity, identify, statNamed, type WrittenFile, writeUntilNamed } from './named-file.js';

/**
 * Replaces a file whole: whenever the process or the power goes, the file has the old content or the new, never a mixture.
 * Resolves when the text is on disk under the path, with what tells its file from others. For one writer at a time; a draft
 * that a crash has left is overwritten, so drafts do not pile up.
 */
export function replaceFile(path: string, text: string): Promise<WrittenFile> {
  return writeUntilNamed(() => replaceOnce(path, text));
}

/** Undefined when the path named another file afterwards, as when somebody has replaced the folder. */
async function replaceOnce(path: string, text: string): Promise<WrittenFile | undefined> {
  const draft = `${path}.new`;
  let identity: FileIdentity;
  try {
    await rm(draft, { force: true });
    identity = await writeDraft(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
  const named = await statNamed(path, identity);
  return named && { path, dev: named.dev, ino: named.ino, birthtimeNs: named.birthtimeNs };
}

async function writeDraft(draft: string, text: string): Promise<FileIdentity> {
  const file = await open(draft, 'wx', 0o600);
  try {
    // A disk that fills up takes a part of a write and reports no fault; this continues until all is taken, or one is reported.
    await file.writeFile(text);
    await file.sync();
    return await identify(file);
  } finally {
    await file.close();
  }
}

/** Creates a folder with those above it, for the owner alone. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Windows, some network file systems, and a folder that may be written but not read, have no way to sync it. */
const impossible: ReadonlySet<string | undefined> = new Set(['EINVAL', 'EACCES', 'EPERM']);

/** Makes the names in a folder durable. */
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
