/** Log events by what they say: by action, where one without counts as `-`, and by log status. */
export interface EventCounts {
  readonly events: number;
  readonly actions: Readonly<Record<'ACCEPT' | 'REJECT' | '-', number>>;
  readonly logStatus: Readonly<Record<'OK' | 'NODATA' | 'SKIPDATA', number>>;
}
