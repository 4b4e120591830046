/**
 * The calls of CloudWatch Logs that reading log events needs, and no more, so that the real service, an emulator and a fake
 * are all easy to put behind it. A call makes one attempt: the caller, which knows the pace, decides when to make another.
 */
import type { LogRange } from '../log-range.js';

export interface FetchedEvent {
  /** Opaque, unique within its log stream. */
  readonly id: string;
  readonly logStream: string;
  /** When it happened, in milliseconds since 1970. */
  readonly timestamp: number;
  /** When CloudWatch Logs took it, in milliseconds since 1970, where the service says so. */
  readonly ingestedMs: number | undefined;
  readonly message: string;
}

export interface EventsPage {
  /** In the order of their times, over all log streams. May be empty although more is to come. */
  readonly events: readonly FetchedEvent[];
  /** Names the next page for a day; undefined on the last one. The same one may be given a few times. */
  readonly nextToken: string | undefined;
}

/** Whose log groups are read, as far as it is known without asking AWS. */
export interface LogsAccount {
  readonly accountId: string | undefined;
  readonly region: string;
}

/** Rejections are `AwsError`s. */
export interface LogsApi {
  account(signal: AbortSignal): Promise<LogsAccount>;
  /**
   * One page of the events between the times of the range; what the range says of ingestion is not looked at.
   *
   * @param startMs in place of the range's own start
   */
  filterEvents(range: LogRange, startMs: number, token: string | undefined, signal: AbortSignal): Promise<EventsPage>;
  /** Closes connections. */
  close(): void;
}
