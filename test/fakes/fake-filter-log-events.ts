/**
 * FilterLogEvents by the rules of AWS. The events of all log streams have one order: event time, ingestion time, id. A page has
 * at most 10,000 events or 1 MB, but may have fewer or none. Tokens expire after a day.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
import { FakeServiceError } from './fake-kinesis-error.js';

export interface FakeLogEvent {
  /** 56 digits as in AWS: the time and a number. */
  readonly eventId: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

export interface FilterRules {
  /** Most events in a page, below the limit of AWS. */
  eventsPerPage: number;
  /** Share of the responses that are empty although there are more events; such a response may repeat the token. */
  emptyShare: number;
  /** Share of the responses that begin with the last event of the previous page. */
  repeatShare: number;
}

type Json = Record<string, unknown>;

interface Token {
  /** The request for which the token is valid. */
  readonly asked: string;
  /** The position is after this event. */
  readonly after: Pick<FakeLogEvent, 'timestamp' | 'ingestionTime' | 'eventId'> | undefined;
  readonly issuedMs: number;
}

const mostEvents = 10_000;
const mostBytes = 1_048_576;
const tokenLifeMs = 24 * 3_600_000;

export interface FilterState {
  readonly rules: FilterRules;
  readonly random: () => number;
  readonly nowMs: number;
}

/** @param events of the log group, in any order */
export function filterLogEvents(input: Json, events: readonly FakeLogEvent[], state: FilterState): Json {
  const { rules, random, nowMs } = state;
  const limit = Number(input.limit ?? mostEvents);
  if (limit < 1 || limit > mostEvents) throw invalid(`Value '${limit}' at 'limit' failed to satisfy constraint`);
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw invalid('logStreamNames and logStreamNamePrefix are mutually exclusive');
  }
  const { nextToken: _token, limit: _limit, ...asked } = input;
  const token = parseToken(input.nextToken, JSON.stringify(asked), nowMs);
  if (random() < rules.emptyShare) {
    // https://github.com/boto/boto3/issues/1584
    const isSame = input.nextToken !== undefined && random() < 0.5;
    return { events: [], searchedLogStreams: [], nextToken: isSame ? input.nextToken : formatToken(token) };
  }

  const due = events.filter((event) => isAsked(event, input)).sort(compare);
  const start = token.after === undefined ? 0 : due.findIndex((event) => compare(event, token.after as never) > 0);
  const from = start < 0 ? due.length : start;
  const page = cut(due.slice(from, from + Math.min(limit, rules.eventsPerPage)));
  const last = page.at(-1);
  const isMore = from + page.length < due.length;
  const repeated = from > 0 && random() < rules.repeatShare ? due.slice(from - 1, from) : [];
  return {
    events: [...repeated, ...page],
    searchedLogStreams: [],
    ...(isMore && last && { nextToken: formatToken({ ...token, after: last, issuedMs: nowMs }) }),
  };
}

function isAsked({ timestamp, logStreamName }: FakeLogEvent, input: Json): boolean {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, logStreamNamePrefix = '', logStreamNames } = input;
  if (timestamp < Number(startTime) || timestamp > Number(endTime)) return false;
  if (logStreamNames !== undefined) return (logStreamNames as string[]).includes(logStreamName);
  return logStreamName.startsWith(String(logStreamNamePrefix));
}

function compare(left: NonNullable<Token['after']>, right: NonNullable<Token['after']>): number {
  if (left.timestamp !== right.timestamp) return left.timestamp - right.timestamp;
  if (left.ingestionTime !== right.ingestionTime) return left.ingestionTime - right.ingestionTime;
  return left.eventId < right.eventId ? -1 : Number(left.eventId > right.eventId);
}

/** As many events as fit into a page, but at least one. */
function cut(events: readonly FakeLogEvent[]): readonly FakeLogEvent[] {
  let bytes = 0;
  const end = events.findIndex(({ message }, index) => {
    bytes += Buffer.byteLength(message);
    return index > 0 && bytes > mostBytes;
  });
  return end < 0 ? events : events.slice(0, end);
}

function formatToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function parseToken(text: unknown, asked: string, nowMs: number): Token {
  if (text === undefined) return { asked, after: undefined, issuedMs: nowMs };
  const token = (() => {
    try {
      return JSON.parse(Buffer.from(String(text), 'base64url').toString()) as Token;
    } catch {
      return undefined;
    }
  })();
  if (token?.asked !== asked || nowMs - token.issuedMs > tokenLifeMs) {
    throw invalid('The specified nextToken is invalid.');
  }
  return token;
}

function invalid(message: string): FakeServiceError {
  return new FakeServiceError('InvalidParameterException', message);
}
