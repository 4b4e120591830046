/**
 * A range of the log events that CloudWatch Logs keeps, and how far it has been read. Backfills and the healing of gaps share
 * it.
 */
export interface LogRange {
  /** Name or ARN. */
  readonly logGroup: string;
  /** Only log streams whose names begin with this; defaults to all. */
  readonly logStreamPrefix?: string;
  /** Events from this time on, in milliseconds since 1970. For flow logs, that is the start of the flow. */
  readonly fromMs: number;
  /** Events before this time. */
  readonly toMs: number;
  /** Only events that CloudWatch Logs received at or after this time; all if left out, or if the service does not say. */
  readonly ingestedFromMs?: number;
  /** Only events that CloudWatch Logs received before this time; all if left out, or if the service does not say. */
  readonly ingestedToMs?: number;
}

export type RangePosition =
  | {
      readonly type: 'at';
      /** Every event before this time is read; of the events at this time, those before the token. */
      readonly atMs: number;
      /** The start time of the requests: a token is valid only for otherwise identical requests. */
      readonly startMs: number;
      /** Token of the next page, valid for a day; if left out, the page is the first from `startMs` on. */
      readonly token?: string;
    }
  | { readonly type: 'end' };

export function startOf({ fromMs }: LogRange): RangePosition {
  return { type: 'at', atMs: fromMs, startMs: fromMs };
}
