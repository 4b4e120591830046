/** Records that somebody with `kinesis:PutRecord`, or with a log group of their own, may make, and good ones between. */
import { gzipSync } from 'node:zlib';
import { toRecord } from '../end-to-end/flow-logs.js';

/** Each is the worst of its kind that the limits let through, or what is just beyond one. */
const hostileRecords: Readonly<Record<string, (random: Random) => Uint8Array>> = {
  'any bytes': ({ below }) => Buffer.from(Array.from({ length: below(2000) }, () => below(256))),
  'events without a message': ({ name }) => toGzip({ ...name(), logEvents: Array(200_000).fill(0) }),
  'events that are none, between others': ({ name }) =>
    toGzip({ ...name(), logEvents: [{ message: 'a' }, ...Array(90_000).fill({ x: [1, 2] })] }),
  'names of a megabyte': ({ name }) =>
    toGzip({ ...name(), logGroup: 'g'.repeat(1_000_000), logEvents: [{ message: 'a' }] }),
  'gzip members by the thousand': ({ name }) =>
    Buffer.concat(Array(3000).fill(toGzip({ ...name(), logEvents: [{ message: 'a' }] }))),
  'a trailer that claims gigabytes': ({ name }) => claim(toGzip({ ...name(), logEvents: [{ message: 'a' }] })),
  'a gzip bomb': () => gzipSync(Buffer.alloc(40_000_000)),
  'a gzip member cut short': ({ name, below }) => {
    const data = toGzip({ ...name(), logEvents: [{ message: 'a' }] });
    return data.subarray(0, below(data.length));
  },
  'payloads by the hundred thousand': () => gzipSync('{"logEvents":[]}'.repeat(300_000)),
  'payloads with a long text behind': ({ name }) =>
    gzipSync(
      JSON.stringify({ ...name(), logEvents: [{ message: 'a' }] }).repeat(900) +
        JSON.stringify({ ...name(), logEvents: [{ message: 'a' }], tail: ']'.repeat(4_000_000) }),
    ),
  'control messages by the hundred thousand': () => gzipSync('{"messageType":"CONTROL_MESSAGE"}'.repeat(300_000)),
  'values by the million': () => gzipSync(`{"logEvents":[${'[],'.repeat(3_000_000)}[]]}`),
  // As text: an object of so many keys takes seconds to make.
  'keys by the hundred thousand': ({ name }) => {
    const keys = Array.from({ length: 500_000 }, (_, key) => `"k${key}":${key}`);
    return gzipSync(`${JSON.stringify({ ...name(), logEvents: [] }).slice(0, -1)},${keys.join()}}`);
  },
  'deep nesting': () => gzipSync(`{"logEvents":[{"message":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`),
  'a message of quotes': ({ name }) => toGzip({ ...name(), logEvents: [{ message: '"'.repeat(2_000_000) }] }),
  'a message of control characters': ({ name }) =>
    toGzip({ ...name(), logEvents: [{ message: '\u001b\n\u0080'.repeat(500_000) }] }),
  'many small messages': ({ name }) => toGzip({ ...name(), logEvents: Array(60_000).fill({ message: 'no flow log' }) }),
  'messages that drive a terminal': ({ name, evil }) =>
    toGzip({
      ...name(),
      logEvents: Array.from({ length: 20 }, () => ({ id: evil(), timestamp: evil(), message: evil() })),
    }),
  'flow logs with odd fields': ({ name, evil }) =>
    toGzip({
      ...name(),
      logEvents: Array.from({ length: 20 }, () => ({
        message: `2 1 eni-${evil().replaceAll(' ', '_')} 10.0.0.1 10.0.0.2 443 5 6 1 x 1700000000 1700000060 ACCEPT OK`,
      })),
    }),
};

export const hostileKinds = Object.keys(hostileRecords);

export interface Random {
  /** A whole number from 0 up to, but not with, the limit. */
  below(limit: number): number;
  /** A text that ends lines, parts fields, drives terminals or is no text at all. */
  evil(): string;
  /** Where log events come from, with such names. */
  name(): object;
}

const evils = [
  ...['\n', '\r\n', '\t', '\0', '\b', '\u001b[2J', '\u001b]0;title\u0007', '\u0085', '\u009b31m', '\u007f', '\u2028'],
  ...[
    '\ud800',
    '\ufeff',
    '\u202e',
    '"',
    '\\',
    '\\u000a',
    '","TABLE":"',
    '__proto__',
    '$(reboot)',
    "';reboot;'",
    ' ',
    'a',
  ],
];

export function toRandom(random: () => number): Random {
  const below = (limit: number) => Math.floor(random() * limit);
  const evil = () => Array.from({ length: 1 + below(6) }, () => evils[below(evils.length)]).join('');
  const name = () => ({
    messageType: 'DATA_MESSAGE',
    owner: below(2) ? '123456789012' : evil(),
    logGroup: `${evil()}${'a'.repeat(below(400))}${below(10_000)}`,
    logStream: evil(),
    subscriptionFilters: [evil()],
  });
  return { below, evil, name };
}

/** A record of so many numbered flow logs, or a hostile one. */
export function toHostileRecord(kind: string, random: Random): Uint8Array {
  return hostileRecords[kind]?.(random) ?? new Uint8Array();
}

/** A good payload, and at times one of no use behind it. */
export function toGoodRecord(from: number, to: number, random: Random): Uint8Array {
  const { data } = toRecord(`good-${random.below(5)}`, from, to);
  return random.below(4) === 0 ? Buffer.concat([data, gzipSync(random.evil())]) : data;
}

function toGzip(payload: object): Buffer {
  return gzipSync(JSON.stringify(payload));
}

function claim(data: Buffer): Buffer {
  data.writeUInt32LE(0xfffffff0, data.length - 4);
  return data;
}
