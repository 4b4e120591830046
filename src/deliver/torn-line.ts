/**
 * The part of a line that a crash or a full disk leaves at the end of a file. It was never confirmed, so the whole line is sent
 * again.
 */
import type { FileHandle } from 'node:fs/promises';

const tailBytes = 64 * 1024;
/** A first line torn by a crash is shorter than this. A longer text without any line feed is not a file of this program. */
const maxTornBytes = 1024 * 1024;
const lineFeed = 0x0a;

/** Removes everything after the last line feed. */
export async function cutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  for (let end = size; end > 0; end -= tailBytes) {
    const start = Math.max(0, end - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(lineFeed);
    if (last < 0) continue;
    const length = start + last + 1;
    if (length < size) await file.truncate(length);
    return;
  }
  if (size > maxTornBytes)
    throw new Error('The file has no line feed, so it is not a file of lines; choose another path');
  if (size > 0) await file.truncate(0);
}

/** Truncates the file, unless another program has appended to it meanwhile. */
export async function cutBack(file: FileHandle, from: number, to: number): Promise<void> {
  const { size } = await file.stat();
  if (size === from) await file.truncate(to);
}
