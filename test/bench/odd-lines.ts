/**
 * Makes some of a record's log events odd, in ways that occur in real streams: AWS skipped data, a flow log has milliseconds or
 * runs of blanks, an agent ended a line as Windows does, or something else writes to the same log group.
 */
import type { RandomFlowLog } from './random-flow-logs.js';

export type OddKind = keyof typeof oddKinds;

export interface OddLines {
  /** One event of each record, at a random place. */
  readonly one?: OddKind;
  /** Shares of all events, 0 to 1. */
  readonly shares?: Readonly<Partial<Record<OddKind, number>>>;
}

/** Each turns a message of the default format into an odd one. */
const oddKinds = {
  'skip-data': (message: string) =>
    message
      .split(' ')
      .map((field, index) => (index === statusAt ? 'SKIPDATA' : noDataAt.has(index) ? '-' : field))
      .join(' '),
  milliseconds: (message: string, random: () => number) =>
    message.replace(/ (\d{10}) (\d{10}) /, (_, start, end) => ` ${start}${digits(random)} ${end}${digits(random)} `),
  'double-blank': (message: string, random: () => number) => {
    const fields = message.split(' ');
    const at = 1 + Math.floor(random() * (fields.length - 1));
    return [...fields.slice(0, at), '', ...fields.slice(at)].join(' ');
  },
  foreign: (_: string, random: () => number) => pick(foreignMessages, random),
  /** JSON escapes a character of it. */
  escape: (message: string, random: () => number) => (random() < 0.5 ? `${message}\r` : pick(escapedMessages, random)),
} satisfies Record<string, (message: string, random: () => number) => string>;

/** The last field of the default format. */
const statusAt = 13;
/** The fields that a flow log without data leaves out: addresses to bytes, and the action. */
const noDataAt = new Set([3, 4, 5, 6, 7, 8, 9, 12]);

/** Messages that fit no format of flow logs. */
export const foreignMessages = [
  'subscription check 7 of 20',
  'vpc-0a1b2c3d4e5f60718 subnet-0918273645abcdef0 10.0.3.17 10.0.9.4 443 6 ACCEPT',
  'WARN delivery of flow logs was delayed by 42 s',
] as const;

export const escapedMessages = [
  '{"level":"warn","message":"delivery of flow logs was delayed","seconds":42}',
  'rule "allow-dns" was replaced',
] as const;

export function makeOdd(
  flowLogs: readonly RandomFlowLog[],
  { one, shares = {} }: OddLines,
  random: () => number,
): readonly RandomFlowLog[] {
  const place = one && Math.floor(random() * flowLogs.length);
  return flowLogs.map((flowLog, index) => {
    const kind = index === place ? one : pickKind(shares, random());
    return kind ? { ...flowLog, message: oddKinds[kind](flowLog.message, random) } : flowLog;
  });
}

function pickKind(shares: NonNullable<OddLines['shares']>, chance: number): OddKind | undefined {
  let left = chance;
  for (const [kind, share] of Object.entries(shares)) {
    left -= share;
    if (left < 0) return kind as OddKind;
  }
  return undefined;
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function digits(random: () => number): string {
  return String(Math.floor(random() * 1000)).padStart(3, '0');
}
