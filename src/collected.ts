/** When and in which time zone this program read a record. */
export interface Collected {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** East of UTC. */
  readonly offsetMinutes: number;
}
