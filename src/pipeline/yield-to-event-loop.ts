/**
 * Yields to the event loop between records. While there is room for their lines, records are processed without waiting; without
 * a yield, no write could go out and no response for another shard could come in.
 */
import { setImmediate } from 'node:timers/promises';

/** Bytes as Kinesis has them, which take some milliseconds; a yield for each small record would cost more than the record. */
const bytesBetween = 64 * 1024;

/** One count for the process, as there is one event loop. */
let bytesSince = 0;

/**
 * @param bytes that are about to be handled; they count only if no yield is due, so that a caller may ask again after it
 * @returns undefined when no yield is due
 */
export function yieldToEventLoop(bytes: number): Promise<void> | undefined {
  if (bytesSince < bytesBetween) {
    bytesSince += bytes;
    return undefined;
  }
  bytesSince = 0;
  return setImmediate();
}
