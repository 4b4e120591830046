/** How many records to ask for in one read of a shard, as a pure decision. */

/**
 * Records that may wait to be taken, of all shards together. Small records take up more memory as objects than as bytes,
 * and those that wait for long outlive the garbage collector's quick rounds. Five reads a second let out far more than a
 * program can take.
 */
const recordsOfAll = 6_000;
/** A shard takes in no more than 1,000 records a second, of which five reads a second of so many are still more. */
const leastRecords = 250;
/** Five reads a second of so many are more than the two MB a second of a shard hold of the smallest records of CloudWatch Logs. */
const mostRecords = 2_000;

/** @param shards how many are read */
export function recordLimit(shards: number): number {
  return Math.min(mostRecords, Math.max(leastRecords, Math.floor(recordsOfAll / Math.max(1, shards))));
}
