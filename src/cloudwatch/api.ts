/**
 * The calls of CloudWatch Logs that reading log events requires, and no more, so that the real service, an emulator or a fake
 * can implement it easily. A call makes one attempt: the caller knows the pace and decides when to retry.
 */
import type { LogRange } from '../log-range.js';

export interface FetchedEvent {
  /** Opaque, unique within its log stream. */
  readonly id: string;
  readonly logStream: string;
  /** When it happened, in milliseconds since 1970. */
  readonly timestamp: number;
  /** When CloudWatch Logs received it, in milliseconds since 1970, if the service says so. */
  readonly ingestedMs: number | undefined;
  readonly message: string;
}

export interface EventsPage {
  /** In the order of their times, over all log streams. May be empty even if more events follow. */
  readonly events: readonly FetchedEvent[];
  /** Token of the next page, valid for a day; undefined on the last page. The same token may be returned a few times. */
  readonly nextToken: string | undefined;
}

/** The account whose log groups are read, as far as it is known without a call to AWS. */
export interface LogsAccount {
  readonly accountId: string | undefined;
  readonly region: string;
}

/** Rejections are `AwsError`s. */
export interface LogsApi {
  account(signal: AbortSignal): Promise<LogsAccount>;
  /**
   * One page of the events between the times of the range; ignores the ingestion times of the range.
   *
   * @param startMs replaces the start of the range
   */
  filterEvents(range: LogRange, startMs: number, token: string | undefined, signal: AbortSignal): Promise<EventsPage>;
  /** Closes connections. */
  close(): void;
}
