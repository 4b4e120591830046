/**
 * A stretch of the log events that CloudWatch Logs keeps, and how far it has been read: what a backfill and a gap that is
 * to be healed have in common.
 */
export interface LogRange {
  /** Name or ARN. */
  readonly logGroup: string;
  /** Only log streams whose names begin with it; left out, all. */
  readonly logStreamPrefix?: string;
  /** From this time of an event on, in milliseconds since 1970. For flow logs that is the start of the flow. */
  readonly fromMs: number;
  /** Up to this time of an event, and not with it. */
  readonly toMs: number;
  /** Only events that CloudWatch Logs took at or after this time; left out, or where it does not say, all. */
  readonly ingestedFromMs?: number;
  /** Only events that CloudWatch Logs took before this time; left out, or where it does not say, all. */
  readonly ingestedToMs?: number;
}

export type RangePosition =
  | {
      readonly type: 'at';
      /** Everything before this time of an event is read; of this time itself, what came before the token. */
      readonly atMs: number;
      /** Where the requests begin in time: a token is good only for requests that are the same. */
      readonly startMs: number;
      /** Names the next page for a day; left out, the page is the first from `startMs` on. */
      readonly token?: string;
    }
  | { readonly type: 'end' };

export function startOf({ fromMs }: LogRange): RangePosition {
  return { type: 'at', atMs: fromMs, startMs: fromMs };
}
