/**
 * Files and folders that survive a power failure. After its bytes are synced, a created or renamed file may still be lost until
 * its folder is synced too.
 */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type FileIdentity, identify, statNamed, type WrittenFile, writeUntilNamed } from './named-file.js';

/**
 * Replaces a file atomically: if the process or the power fails, the file has the old content or the new, never a mixture.
 * Resolves with the identity of the file when the text is on disk under the path. Allows one writer at a time. A draft that a
 * crash has left is overwritten, so drafts do not pile up.
 */
export function replaceFile(path: string, text: string): Promise<WrittenFile> {
  return writeUntilNamed(() => replaceOnce(path, text));
}

/** Undefined if the path named another file afterwards, such as when someone has replaced the folder. */
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
    // A disk that fills up takes part of a write without an error; `writeFile` continues until everything is written or an
    // error occurs.
    await file.writeFile(text);
    await file.sync();
    return await identify(file);
  } finally {
    await file.close();
  }
}

/** Creates a folder and its missing parents, accessible by the owner only. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Windows, some network file systems, and a folder that is writable but not readable cannot sync it. */
const impossible: ReadonlySet<string | undefined> = new Set(['EINVAL', 'EACCES', 'EPERM']);

/** Makes the entries of a folder durable. */
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
