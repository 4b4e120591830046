/**
 * Replaces a file whole: whenever the process or the power goes, the file has the old content or the new, never a mixture.
 * For one writer at a time; a draft that a crash has left is overwritten, so drafts do not pile up.
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FileIdentity, identify, statNamed, type WrittenFile, writeUntilNamed } from '../named-file.js';
import { syncFolder } from '../sync-folder.js';

/**
 * Resolves when the text is on disk under the path, with what tells its file from others; after a rejection the old content is
 * there, or the whole new one.
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
