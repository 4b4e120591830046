/**
 * Lets the event loop turn between records. They are handled without a wait while there is room for their lines, and sockets
 * and timers get no turn in such a stretch: neither a write that goes out nor the reply of another shard that comes in.
 */
import { setImmediate } from 'node:timers/promises';

/** Bytes as Kinesis has them, some milliseconds of work; a turn for each small record would cost more than the record. */
const bytesOfTurn = 64 * 1024;

/** One count for the process, as there is one event loop. */
let bytesSince = 0;

/**
 * @param bytes that are about to be handled
 * @returns undefined when no turn is due
 */
export function giveTurn(bytes: number): Promise<void> | undefined {
  bytesSince += bytes;
  if (bytesSince < bytesOfTurn) return undefined;
  bytesSince = 0;
  return setImmediate();
}
