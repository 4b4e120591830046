/**
 * A file that lines are appended to. A write resolves when its bytes are on disk. A torn last line, left by a crash or by
 * a full disk, is cut off before anything follows it: it was never confirmed, so it comes again whole.
 */
import { constants, type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../sync-folder.js';
import type { Channel } from './channel.js';

const tailBytes = 64 * 1024;
/** A first line torn by a crash is shorter than this; a longer text without any line feed is somebody else's file. */
const maxTornBytes = 1024 * 1024;
const lineFeed = 0x0a;

export interface FileRotation {
  /** Size in bytes that a file does not go beyond, but for a single write that is larger; 0 for no limit. */
  readonly maxFileBytes: number;
  /** How many files that were set aside are kept, as `.1`, the latest, up to this number. */
  readonly maxFiles: number;
}

export async function openFileChannel(
  path: string,
  rotation: FileRotation = { maxFileBytes: 0, maxFiles: 1 },
): Promise<Channel> {
  return createFileChannel(path, rotation, await openFile(path));
}

interface OpenFile {
  readonly file: FileHandle;
  /** Where the next line goes. */
  readonly offset: number;
}

async function openFile(path: string): Promise<OpenFile> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    // The file may be new, and a full one may just have been set aside.
    await syncFolder(dirname(path));
    return { file, offset: await cutTornLine(file) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function createFileChannel(path: string, { maxFileBytes, maxFiles }: FileRotation, opened: OpenFile): Channel {
  let { file, offset } = opened;
  let isDestroyed = false;
  let writing: Promise<void> | undefined;

  async function write(bytes: Uint8Array): Promise<void> {
    if (maxFileBytes > 0 && offset > 0 && offset + bytes.length > maxFileBytes) {
      await file.close();
      await setAside(path, maxFiles);
      ({ file, offset } = await openFile(path));
    }
    let done = 0;
    try {
      while (done < bytes.length) done += (await file.write(bytes, done)).bytesWritten;
      await file.datasync();
    } catch (error) {
      // All of it comes again; what a full disk did take must not stand there twice.
      await cutBack(file, offset + done, offset).catch(() => {});
      throw error;
    }
    offset += bytes.length;
  }

  return {
    // A file reports its faults through its writes.
    failure: new Promise(() => {}),
    async write(bytes) {
      writing = write(bytes);
      try {
        await writing;
      } finally {
        writing = undefined;
        // Let go of meanwhile; nobody can act on another fault here.
        if (isDestroyed) file.close().catch(() => {});
      }
    },
    end: () => file.close(),
    destroy() {
      isDestroyed = true;
      // A write under way closes the file once it has cut off what it cannot finish. Closed already after an end.
      if (!writing) file.close().catch(() => {});
    },
  };
}

/** The oldest first, so that a crash in between leaves a gap in the numbers but loses no file but the oldest. */
async function setAside(path: string, maxFiles: number): Promise<void> {
  for (let number = maxFiles; number > 0; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    await rename(from, `${path}.${number}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** Cuts the file, unless somebody else has appended to it meanwhile. */
async function cutBack(file: FileHandle, from: number, to: number): Promise<void> {
  const { size } = await file.stat();
  if (size === from) await file.truncate(to);
}

/** Cuts what follows the last line feed and returns the length that is left. */
async function cutTornLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  for (let end = size; end > 0; end -= tailBytes) {
    const start = Math.max(0, end - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(lineFeed);
    if (last < 0) continue;
    const length = start + last + 1;
    if (length < size) await file.truncate(length);
    return length;
  }
  if (size > maxTornBytes)
    throw new Error('The file holds no line feed, so it is no file of lines; choose another path');
  if (size > 0) await file.truncate(0);
  return 0;
}
