/**
 * The part of CloudWatch Logs that this program uses, for log groups that an emulator fills: FilterLogEvents,
 * DescribeLogGroups and DescribeSubscriptionFilters. It keeps the latest events in memory. Pages and tokens follow the rules
 * of AWS; the rates of AWS do not apply.
 */
import { createEventId, type SubscriptionEvent } from './subscription-record.js';

export interface EmulatedEvent {
  /** In the order of the times. */
  readonly eventId: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

export interface EmulatedLogsOptions {
  readonly region: string;
  readonly account: string;
  readonly logGroups: readonly string[];
  /** ARN of the stream to which a filter of each group sends. */
  readonly streamArn: string;
}

export interface LogsAnswer {
  readonly status: 200 | 400;
  readonly body: object;
}

type Request = Readonly<Record<string, unknown>>;

export const filterName = 'to-snare';
const maxEventsPerPage = 10_000;
const maxEvents = 200_000;

export class EmulatedLogs {
  readonly #options: EmulatedLogsOptions;
  readonly #groups: ReadonlyMap<string, EmulatedEvent[]>;
  #eventCount = 0n;

  constructor(options: EmulatedLogsOptions) {
    this.#options = options;
    this.#groups = new Map(options.logGroups.map((name) => [name, []]));
  }

  /**
   * Adds events to a log stream and returns them as a subscription filter sends them. Of each group, the oldest beyond 200,000
   * are dropped.
   *
   * @param timestamp in milliseconds; not before that of an earlier call
   */
  put(
    logGroup: string,
    logStreamName: string,
    timestamp: number,
    messages: readonly string[],
    nowMs: number,
  ): readonly SubscriptionEvent[] {
    const events = messages.map((message) => {
      return {
        eventId: createEventId(timestamp, this.#eventCount++),
        logStreamName,
        timestamp,
        ingestionTime: nowMs,
        message,
      };
    });
    const kept = this.#groups.get(logGroup);
    kept?.push(...events);
    if (kept && kept.length > maxEvents) kept.splice(0, kept.length - maxEvents);
    return events.map(({ eventId, message }) => ({ id: eventId, timestamp, message }));
  }

  /** @param operation such as `FilterLogEvents` */
  answer(operation: string, request: Request): LogsAnswer {
    if (operation === 'DescribeLogGroups') return { status: 200, body: this.#describeGroups(request) };
    const name = toName(request.logGroupName ?? request.logGroupIdentifier);
    const events = this.#groups.get(name);
    if (operation !== 'DescribeSubscriptionFilters' && operation !== 'FilterLogEvents')
      return refuse('UnknownOperationException', `The emulator has no ${operation}`);
    if (!events) return refuse('ResourceNotFoundException', 'The specified log group does not exist.');
    if (operation === 'FilterLogEvents') return { status: 200, body: filterEvents(events, request) };
    const { streamArn: destinationArn, account } = this.#options;
    const roleArn = `arn:aws:iam::${account}:role/flow-logs-to-kinesis`;
    const filter = { filterName, filterPattern: '', destinationArn, roleArn, distribution: 'ByLogStream' };
    return { status: 200, body: { subscriptionFilters: [{ ...filter, logGroupName: name, creationTime: 0 }] } };
  }

  #describeGroups({ logGroupNamePrefix = '' }: Request): object {
    const { region, account } = this.#options;
    const names = [...this.#groups.keys()].filter((name) => name.startsWith(String(logGroupNamePrefix))).sort();
    return {
      logGroups: names.map((logGroupName) => ({
        logGroupName,
        arn: `arn:aws:logs:${region}:${account}:log-group:${logGroupName}:*`,
        creationTime: 0,
      })),
    };
  }
}

function toName(named: unknown): string {
  return String(named).replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+).*$/, '$1');
}

/** The token is the id of the last event of the page before. */
function filterEvents(events: readonly EmulatedEvent[], request: Request): object {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, logStreamNamePrefix = '', nextToken = '' } = request;
  const limit = Math.min(Number(request.limit ?? maxEventsPerPage), maxEventsPerPage);
  const due = events.filter(
    ({ eventId, timestamp, logStreamName }) =>
      timestamp >= Number(startTime) &&
      timestamp <= Number(endTime) &&
      logStreamName.startsWith(String(logStreamNamePrefix)) &&
      eventId > String(nextToken),
  );
  const page = due.slice(0, limit);
  const last = page.at(-1);
  return { events: page, searchedLogStreams: [], ...(due.length > page.length && last && { nextToken: last.eventId }) };
}

function refuse(type: string, message: string): LogsAnswer {
  return { status: 400, body: { __type: type, message } };
}
