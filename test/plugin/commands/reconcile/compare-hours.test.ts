/** From what CloudWatch Logs and the ledger have to what is said of it, without a file or a call. */
import test from 'ava';
import { compareHours } from '../../../../plugin/commands/reconcile/compare-hours.js';
import { explainComparison } from '../../../../plugin/commands/reconcile/explain-comparison.js';
import { LedgerCounts } from '../../../../src/checkpoint/ledger-counts.js';
import type { ShardCheckpoint } from '../../../../src/checkpoint/store.js';
import { emptyTally, hourMs } from '../../../../src/tally.js';

const logGroup = '/aws/vpc/flow-logs';
const [own, other] = ['111111111111', '222222222222'];
const firstHour = 10;
const minuteMs = 60_000;

interface Case {
  readonly what: string;
  /** Events of the two hours, as `[owner, filter, first hour, second hour]`; a filter that is empty stands for a backfill. */
  readonly counted: readonly (readonly [owner: string, filter: string, first: number, second: number])[];
  readonly account?: string;
  /** Dead letters among the events of the first hour. */
  readonly deadLettered?: number;
  /** Events of the first hour that the ledger had no room to count by log group. */
  readonly uncounted?: number;
  /** Minutes after the start of the first hour. */
  readonly since?: number;
  /** Up to where each shard is read, in minutes after the start of the first hour; undefined if that is not known. */
  readonly read?: readonly (number | undefined)[];
  /** In each of the two hours. CloudWatch Logs has ten events of each. */
  readonly missing: readonly [number, number];
  readonly accounts?: readonly string[];
  /** What each message says, in order. */
  readonly said: readonly RegExp[];
}

const all = /20 log events in CloudWatch Logs, and all are/;
const duplicates = /duplicated/;

const cases: readonly Case[] = [
  { what: 'everything is there', counted: [[own, 'f', 10, 10]], missing: [0, 0], said: [all] },
  {
    what: 'the copies of two filters hide no gap, and a backfill adds to the larger one',
    counted: [
      [own, 'f', 6, 4],
      [own, 'g', 4, 10],
      [own, '', 3, 0],
    ],
    missing: [1, 0],
    said: [/2 subscription filters sent copies \(f; g\)/, /1 log event is missing in 1 hour/, duplicates],
  },
  {
    what: 'another account does not count, and what has no owner does',
    counted: [
      [own, 'f', 10, 3],
      [other, 'f', 10, 10],
      ['', '', 0, 2],
    ],
    account: own,
    missing: [0, 5],
    said: [/5 log events are missing in 1 hour/, duplicates],
  },
  {
    what: 'without an account, the accounts of the ledger are named',
    counted: [
      [own, 'f', 5, 5],
      [other, 'f', 5, 5],
    ],
    missing: [0, 0],
    accounts: [own, other],
    said: [all],
  },
  {
    what: 'the ledger counts only from a time in the first hour',
    counted: [[own, 'f', 4, 10]],
    since: 30,
    missing: [6, 0],
    said: [/6 log events are missing/, /counts from 1970-01-01T10:30:00Z/, duplicates],
  },
  {
    what: 'a ledger that begins before an hour explains nothing that it lacks',
    counted: [[own, 'f', 10, 4]],
    since: 30,
    missing: [0, 6],
    said: [/6 log events are missing/, duplicates],
  },
  {
    what: 'the slowest shard is read up to a time at which log events of the hour may still come',
    counted: [[own, 'f', 10, 4]],
    read: [200, 139],
    missing: [0, 6],
    said: [/6 log events are missing/, /up to 1970-01-01T12:19:00Z/, duplicates],
  },
  {
    what: 'every shard is read beyond the time at which log events of the hour may come',
    counted: [[own, 'f', 10, 4]],
    read: [200, 140],
    missing: [0, 6],
    said: [/6 log events are missing/, duplicates],
  },
  {
    what: 'how far a shard is read is not known',
    counted: [[own, 'f', 10, 4]],
    read: [10, undefined],
    missing: [0, 6],
    said: [/6 log events are missing/, duplicates],
  },
  {
    what: 'the ledger was full',
    counted: [[own, 'f', 7, 10]],
    uncounted: 3,
    missing: [3, 0],
    said: [/full: 3 log events/, /3 log events are missing/, duplicates],
  },
  {
    what: 'dead letters and a surplus',
    counted: [[own, 'f', 12, 10]],
    deadLettered: 1,
    missing: [0, 0],
    said: [
      /1 log event is in the dead-letter file; .*replay --manifest 'my manifest.json'/,
      /2 log events more/,
      /20 log events in CloudWatch Logs, and as far as the numbers show, none is missing/,
    ],
  },
];

test('what is missing, and what a person has to know about it', (t) => {
  for (const { what, counted, account, deadLettered = 0, uncounted, since, read = [], ...expected } of cases) {
    const counts = new LedgerCounts();
    for (const [owner, filter, ...events] of counted) {
      const source = { owner, logGroup, logStream: '', subscriptionFilters: filter === '' ? [] : [filter] };
      counts.add(
        events.map((events, index) => ({
          ...{ ...emptyTally(), source, hour: firstHour + index, events },
          deadLettered: index === 0 ? deadLettered : 0,
        })),
      );
    }
    if (uncounted !== undefined) counts.other.set(firstHour, { ...emptyTally(), events: uncounted });
    const fromMs = firstHour * hourMs;
    const toMs = (minutes: number | undefined) => (minutes === undefined ? undefined : fromMs + minutes * minuteMs);
    const existing = new Map([firstHour, firstHour + 1].map((hour) => [hour, 10]));
    const comparison = compareHours(existing, counts, { logGroup, account, fromMs, toMs: fromMs + 2 * hourMs });
    t.deepEqual(
      comparison.hours.map(({ missing }) => missing),
      expected.missing,
      what,
    );
    t.deepEqual(comparison.accounts, expected.accounts ?? [], what);

    const said: string[] = [];
    const shards = read.map((minutes): ShardCheckpoint => {
      const arrivalMs = toMs(minutes);
      const position = { type: 'after', sequenceNumber: '1' } as const;
      return { position, updatedMs: 0, ...(arrivalMs !== undefined && { arrivalMs }) };
    });
    const ledger = { counts, sinceMs: toMs(since), unreadable: [] };
    explainComparison(comparison, { manifest: 'my manifest.json', ledger, shards }, (_, message) => said.push(message));
    t.is(said.length, expected.said.length, `${what}: ${said.join('; ')}`);
    for (const [index, message] of said.entries()) t.regex(message, expected.said[index] ?? /^$/, what);
  }
});
