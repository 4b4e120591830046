/**
 * A file to which lines are appended. A write resolves when its bytes are on disk, in the file at the path. If that file was
 * moved, removed or replaced meanwhile, the path is opened again and the lines are written again. A torn last line is removed
 * before anything is appended.
 */
import { constants, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../durable-file.js';
import { type FileIdentity, identify, statNamed, writeUntilNamed } from '../named-file.js';
import { openTrusted, resolveFile } from '../trusted-file.js';
import type { Channel } from './channel.js';
import { rotateFiles } from './rotate-files.js';
import { cutBack, cutTornLine } from './torn-line.js';

const lineFeed = 0x0a;

export interface FileRotation {
  /** The file does not grow beyond this size in bytes, except for a single larger line; 0 for no limit. */
  readonly maxFileBytes: number;
  /** How many rotated files are kept, from `.1`, the latest, to this number. */
  readonly maxFiles: number;
}

export async function openFileChannel(
  path: string,
  rotation: FileRotation = { maxFileBytes: 0, maxFiles: 1 },
): Promise<Channel> {
  return createFileChannel(path, rotation, await openFile(path));
}

interface OpenFile extends FileIdentity {
  readonly file: FileHandle;
  /** False for anything else, such as a device, which has no size. */
  readonly isRegular: boolean;
}

async function openFile(path: string): Promise<OpenFile> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;
  const file = await openTrusted(path, { flags, mayBeSpecial: true });
  try {
    // The file may be new, and a full one may just have been rotated.
    await syncFolder(dirname(await resolveFile(path)));
    await cutTornLine(file);
    const found = await identify(file);
    return { file, dev: found.dev, ino: found.ino, isRegular: found.isFile() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function createFileChannel(path: string, { maxFileBytes, maxFiles }: FileRotation, first: OpenFile): Channel {
  let opened = first;
  let isDestroyed = false;
  let writing: Promise<void> | undefined;

  async function write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const rest = bytes.subarray(done);
      done += await writeUntilNamed(() => writeSome(rest));
    }
  }

  /** Writes as many of the lines as fit into the file, at least one. Returns their bytes. */
  async function writeSome(bytes: Uint8Array): Promise<number | undefined> {
    let size = await writeUntilNamed(ensureNamed);
    if (size > 0 && wholeLineBytes(bytes, roomBehind(size)) === 0) {
      await reopen(() => rotateFiles(path, maxFiles));
      size = await writeUntilNamed(ensureNamed);
    }
    const lines = bytes.subarray(0, wholeLineBytes(bytes, roomBehind(size)) || firstLineBytes(bytes));
    await append(opened.file, lines, size);
    const named = await statNamed(path, opened);
    // If the file was truncated meanwhile, the lines may be lost.
    return named && (!opened.isRegular || named.size >= size + lines.length) ? lines.length : undefined;
  }

  /** The size of the file; undefined if the path no longer named it and it was opened again. */
  async function ensureNamed(): Promise<number | undefined> {
    const named = await statNamed(path, opened);
    if (named) return Number(named.size);
    await reopen();
    return undefined;
  }

  async function reopen(between = async () => {}): Promise<void> {
    await opened.file.close();
    await between();
    opened = await openFile(path);
  }

  function roomBehind(size: number): number {
    return maxFileBytes > 0 ? maxFileBytes - size : Number.POSITIVE_INFINITY;
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
        // Destroyed meanwhile; nobody can act on another fault here.
        if (isDestroyed) opened.file.close().catch(() => {});
      }
    },
    end: () => opened.file.close(),
    destroy() {
      isDestroyed = true;
      // A write in progress closes the file after it has removed an incomplete line. After an end, the file is already closed.
      if (!writing) opened.file.close().catch(() => {});
    },
  };
}

/** Appends the lines to a file of the given size; resolves when they are on disk. */
async function append(file: FileHandle, lines: Uint8Array, size: number): Promise<void> {
  let done = 0;
  try {
    while (done < lines.length) done += (await file.write(lines, done)).bytesWritten;
    await file.datasync();
  } catch (error) {
    // All of them are sent again, so the part that a full disk took must be removed.
    await cutBack(file, size + done, size).catch(() => {});
    throw error;
  }
}

/** Bytes of the whole lines that fit into `room`. */
function wholeLineBytes(bytes: Uint8Array, room: number): number {
  return bytes.length <= room
    ? bytes.length
    : Buffer.from(bytes.buffer, bytes.byteOffset, Math.max(0, room)).lastIndexOf(lineFeed) + 1;
}

function firstLineBytes(bytes: Uint8Array): number {
  return bytes.indexOf(lineFeed) + 1 || bytes.length;
}
