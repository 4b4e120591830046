/**
 * The baseline: a simple Node program that turns a subscription record into `snare` lines. It supports only the default format
 * of AWS, and takes every line of another number of fields for something else. Its lines are the same as those of the product.
 */
import { gunzipSync } from 'node:zlib';

interface Payload {
  readonly logEvents: readonly LogEvent[];
}

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

const fieldCount = 14;

/** @param readMs when the record was read, in milliseconds since 1970; written in UTC */
export function plainTransform(data: Uint8Array, readMs: number): Buffer {
  const { logEvents } = JSON.parse(gunzipSync(data).toString()) as Payload;
  const collected = formatTime(new Date(readMs));
  let lines = '';
  for (const event of logEvents) {
    const fields = splitFields(event.message);
    lines += fields.length === fieldCount ? toFlowLogLine(fields, event, collected) : toOtherLine(event, collected);
  }
  return Buffer.from(lines);
}

function splitFields(message: string): readonly string[] {
  const line = message.trim();
  const fields = line.split(' ');
  // The expression takes longer, and few lines need it.
  return fields.length === fieldCount ? fields : line.split(/ +/);
}

function toFlowLogLine(fields: readonly string[], { timestamp }: LogEvent, collected: string): string {
  const [
    version,
    account,
    networkInterface,
    from,
    to,
    fromPort,
    toPort,
    protocol,
    packets,
    bytes,
    start,
    end,
    action,
    status,
  ] = fields;
  const ended = formatTime(toDate(end));
  const row = {
    DATE: ended.slice(0, 10),
    TIME: ended.slice(11, 19),
    SYSTEM: 'AWS Internal',
    TABLE: 'AWSVPCFlowLog',
    COLLECTIONDATETIME: collected,
    CWLDATETIME: formatTime(new Date(timestamp)),
    DATETIME: ended,
    VERSION: version,
    ACCOUNTID: account,
    INTERFACEID: networkInterface,
    SRCADDR: from,
    DSTADDR: to,
    SRCPORT: fromPort,
    DSTPORT: toPort,
    PROTOCOL: protocol,
    PACKETS: packets,
    BYTES: bytes,
    START: formatTime(toDate(start)),
    ACTION: action,
    LOGSTATUS: status,
    SNAREDATAMAP: {},
  };
  return `AWS Internal\tAWSVPCFlowLog\t0\t${JSON.stringify(row)}\n`;
}

function toOtherLine({ timestamp, message }: LogEvent, collected: string): string {
  const time = formatTime(new Date(timestamp));
  const row = {
    DATE: time.slice(0, 10),
    TIME: time.slice(11, 19),
    SYSTEM: 'UNKNOWN',
    TABLE: 'AWSGenericLog',
    COLLECTIONDATETIME: collected,
    CWLDATETIME: time,
    DATETIME: time,
    SNAREDATAMAP: { message, reason: 'field-count' },
  };
  return `UNKNOWN\tAWSGenericLog\t0\t${JSON.stringify(row)}\n`;
}

/** Seconds since 1970; a number that is too large for that is milliseconds. */
function toDate(text: string | undefined): Date {
  const time = Number(text);
  return new Date(time > 1e11 ? time : time * 1000);
}

function formatTime(time: Date): string {
  return time.toISOString().replace(/\.?0*Z$/, 'Z');
}
