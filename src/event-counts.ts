/** Counts of log events: by action, with `-` for those without one, and by log status. */
export interface EventCounts {
  readonly events: number;
  readonly actions: Readonly<Record<'ACCEPT' | 'REJECT' | '-', number>>;
  readonly logStatus: Readonly<Record<'OK' | 'NODATA' | 'SKIPDATA', number>>;
}
