/**
 * A file that lines are appended to. A write resolves when its bytes are on disk. A torn last line, left by a crash or by
 * a full disk, is cut off before anything follows it: it was never confirmed, so it comes again whole.
 */
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { Channel } from './channel.js';

const tailBytes = 64 * 1024;
/** A first line torn by a crash is shorter than this; a longer text without any line feed is somebody else's file. */
const maxTornBytes = 1024 * 1024;
const lineFeed = 0x0a;

export async function openFileChannel(path: string): Promise<Channel> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    return createFileChannel(file, await cutTornLine(file));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function createFileChannel(file: FileHandle, startOffset: number): Channel {
  let offset = startOffset;
  return {
    // A file reports its faults through its writes.
    failure: new Promise(() => {}),
    async write(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
      await file.datasync();
      offset += bytes.length;
    },
    end: () => file.close(),
    destroy() {
      // Closed already after an end; nobody can act on another fault here.
      file.close().catch(() => {});
    },
  };
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
