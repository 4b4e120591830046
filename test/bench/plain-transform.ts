/**
 * The baseline: a simple Node program that turns a subscription record into `snare` lines. It supports only the default format
 * of AWS and checks nothing. Its lines are the same as those of the product.
 */
import { gunzipSync } from 'node:zlib';

interface Payload {
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

/** @param readMs when the record was read, in milliseconds since 1970; written in UTC */
export function plainTransform(data: Uint8Array, readMs: number): Buffer {
  const { logEvents } = JSON.parse(gunzipSync(data).toString()) as Payload;
  const collected = formatTime(new Date(readMs));
  let lines = '';
  for (const { timestamp, message } of logEvents) {
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
    ] = message.split(' ');
    const ended = formatTime(new Date(Number(end) * 1000));
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
      START: formatTime(new Date(Number(start) * 1000)),
      ACTION: action,
      LOGSTATUS: status,
      SNAREDATAMAP: {},
    };
    lines += `AWS Internal\tAWSVPCFlowLog\t0\t${JSON.stringify(row)}\n`;
  }
  return Buffer.from(lines);
}

function formatTime(time: Date): string {
  return time.toISOString().replace(/\.?0*Z$/, 'Z');
}
