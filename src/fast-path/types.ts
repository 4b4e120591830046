/**
 * What the fast path takes from the stages that it runs past: the formats of flow logs, and the general path itself, from
 * which it learns what a line looks like. So that there is one place for every rule and every column, and it is not here.
 */

/** A format of flow logs, as far as it matters here. */
export interface FastFormat {
  readonly fields: readonly { readonly name: string; readonly type: FastType }[];
  readonly positions: ReadonlyMap<string, number>;
  readonly mark: { readonly index: number; readonly startsWith: string } | undefined;
}

export type FastType = 'integer' | 'address' | 'action' | 'log-status' | 'text';

/** One flow log with all that its line is made of. */
export interface LineSource {
  /** As many as the format has fields. */
  readonly values: readonly string[];
  readonly message: string;
  /** The event's, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly collected: Collected;
}

/** When and in which time zone the record was read. */
export interface Collected {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** East of UTC. */
  readonly offsetMinutes: number;
}

/** The general path, from a parsed flow log to its line. */
export interface GeneralPath<Format extends FastFormat = FastFormat> {
  /** The line with a line feed at its end. */
  formatLine(format: Format, source: LineSource): string;
  /** A time as the line has it, RFC3339Nano. */
  formatTime(ms: number, offsetMinutes: number): string;
}
