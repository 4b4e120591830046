import test from 'ava';
import type { Fault, Recovery, ReportedFault } from '../../src/faults.js';
import { PluginEmitter } from '../../src/report/events.js';
import type { FaultEvent } from '../../src/report/plugin-events.js';
import { Failures } from '../../src/retry.js';

const away: Fault = { stage: 'deliver', code: 'output-unreachable', message: 'Output is away' };

/** A plugin's events on a clock moved by hand, with what was told. */
function listen() {
  let nowMs = 0;
  const events = new PluginEmitter({ monotonic: () => nowMs });
  const faults: FaultEvent[] = [];
  let recoveries = 0;
  events.on('fault', (fault) => faults.push(fault));
  events.on('recovered', () => recoveries++);
  return {
    events,
    counts: () => faults.map(({ count }) => count),
    messages: () => faults.map(({ message }) => message),
    recoveries: () => recoveries,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('an advice for each of many log groups is an event four times a minute at the most, with the number of those left out', (t) => {
  const { events, pass } = listen();
  const messages: string[] = [];
  events.on('advice', ({ message }) => messages.push(message));
  const advise = () => {
    for (let group = 0; group < 1000; group++)
      events.reportAdvice(`No format for "${String.fromCodePoint(0x4e00 + group)}"`);
  };
  advise();
  t.is(messages.length, 4);
  pass(60_000);
  advise();
  t.is(messages.length, 8);
  t.regex(messages[4] ?? '', /and 996 more since/);
});

test('a fault that lasts is an event at once, then one a minute with the number of those since', (t) => {
  const { events, counts, messages, pass } = listen();
  for (let second = 0; second <= 120; second++, pass(1000)) events.reportFault({ ...away, attempt: second + 1 });
  t.deepEqual(counts(), [1, 60, 60]);
  t.deepEqual(messages().slice(0, 2), ['Output is away', 'Output is away (and 59 more since the last report)']);
});

test('each code and each shard has a first fault of its own', (t) => {
  const { events, counts } = listen();
  for (const shardId of ['a', 'b']) {
    for (const code of ['throttled', 'refused']) {
      for (let time = 0; time < 3; time++) events.reportFault({ stage: 'read', code, message: 'x', shardId });
    }
  }
  t.deepEqual(counts(), [1, 1, 1, 1]);
});

test('a text that says something new is told at once, other numbers are not', (t) => {
  const { events, messages } = listen();
  for (const message of ['No room for 4 ms', 'No room for 5 ms', 'No room for 6 ms; set confirm']) {
    events.reportFault({ ...away, message });
  }
  t.deepEqual(messages(), ['No room for 4 ms', 'No room for 6 ms; set confirm (and 1 more since the last report)']);
});

test('the first fault after a recovery is told at once, and a connection that flaps no more than four times a minute', (t) => {
  const { events, counts, recoveries, pass } = listen();
  const operation = '';
  for (let second = 0; second < 60; second++, pass(1000)) {
    events.reportFault({ ...away, operation });
    events.reportRecovery({ stage: 'deliver', operation });
  }
  t.deepEqual(counts(), [1, 1, 1, 1]);
  t.is(recoveries(), 4);
  events.reportFault(away);
  t.is(counts()[4], 57);
});

test('a recovery is reported once, when nothing else of the same stage and shard fails', (t) => {
  const { events, recoveries, pass } = listen();
  const [ledger, checkpoint] = ['ledger', ''];
  const place = { stage: 'checkpoint' } as const;
  const told: number[] = [];
  events.on('recovered', ({ afterMs }) => told.push(afterMs));
  events.reportFault({ ...place, code: 'ledger-not-written', message: 'x', operation: ledger });
  pass(5000);
  events.reportFault({ ...place, code: 'not-written', message: 'y', operation: checkpoint });
  events.reportRecovery({ ...place, operation: 'another' });
  events.reportRecovery({ ...place, operation: ledger });
  t.is(recoveries(), 0);
  pass(1000);
  events.reportRecovery({ ...place, operation: checkpoint });
  events.reportRecovery({ ...place, operation: checkpoint });
  t.deepEqual(told, [1000]);
});

test('in force is what fails and has not recovered, each since its own first failure, and nothing that happened once', (t) => {
  const { events, pass } = listen();
  const [ledger, metrics, totals] = ['ledger', 'metrics', 'totals'];
  const inForce = () => events.faultsInForce.map(({ code, message, ageMs }) => [code, message, ageMs]);
  events.reportFault({ stage: 'checkpoint', code: 'ledger-unreadable', message: 'once' });
  pass(3000);
  events.reportFault({ stage: 'checkpoint', code: 'ledger-not-written', message: 'x', operation: ledger });
  events.reportFault({ stage: 'report', code: 'metrics-not-served', message: 'y', operation: metrics });
  pass(1000);
  events.reportFault({ stage: 'report', code: 'totals-not-written', message: 'z', operation: totals });
  // Too often for an event, but it is the latest.
  for (const message of ['a', 'ab', 'abc', 'abcd', 'abcde'])
    events.reportFault({ stage: 'checkpoint', code: 'ledger-not-written', message, operation: ledger });
  t.deepEqual(inForce(), [
    ['ledger-not-written', 'abcde', 1000],
    ['metrics-not-served', 'y', 1000],
    ['totals-not-written', 'z', 0],
  ]);
  events.reportRecovery({ stage: 'report', operation: totals });
  events.reportRecovery({ stage: 'checkpoint', operation: ledger });
  t.deepEqual(inForce(), [['metrics-not-served', 'y', 1000]]);
  pass(4000);
  events.reportFault({ stage: 'report', code: 'status-not-served', message: 'n', operation: metrics });
  pass(500);
  t.deepEqual(inForce(), [['status-not-served', 'n', 500]], 'the age is that of the code');
  const after: number[] = [];
  events.on('recovered', ({ afterMs }) => after.push(afterMs));
  events.reportRecovery({ stage: 'report', operation: metrics });
  t.deepEqual(after, [5500], 'and that of the whole failure');
});

test('what replaces a failing operation recovers for it, and a shard that is no longer read has no faults', (t) => {
  const { events } = listen();
  const context = {
    onFault: (fault: ReportedFault) => events.reportFault(fault),
    onRecovery: (what: Recovery) => events.reportRecovery(what),
  };
  const refused = { stage: 'read', code: 'refused', message: 'No access', shardId: 'a' } as const;
  new Failures(context).failed(refused);
  const next = new Failures(context);
  next.failed(refused);
  next.succeeded();
  t.deepEqual(events.faultsInForce, []);
  for (const shardId of ['a', 'b', 'c']) new Failures(context).failed({ ...refused, shardId });
  events.emit('shard-released', { shardId: 'a', why: 'taken' });
  events.emit('shard-ended', { shardId: 'b' });
  t.deepEqual(
    events.faultsInForce.map(({ shardId }) => shardId),
    ['c'],
  );
});

test('texts that change each time are told four times a minute at most', (t) => {
  const { events, counts, pass } = listen();
  for (let time = 0; time < 600; time++, pass(200)) events.reportFault({ ...away, message: 'x'.repeat(time) });
  t.is(counts().length, 8);
});
