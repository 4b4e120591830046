import test from 'ava';
import type { Fault } from '../../src/faults.js';
import { PluginEmitter } from '../../src/report/events.js';
import type { FaultEvent } from '../../src/report/plugin-events.js';

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
  for (let second = 0; second < 60; second++, pass(1000)) {
    events.reportFault(away);
    events.reportRecovery({ stage: 'deliver' });
  }
  t.deepEqual(counts(), [1, 1, 1, 1]);
  t.is(recoveries(), 4);
  events.reportFault(away);
  t.is(counts()[4], 57);
});

test('a recovery is told for the shard that had the fault, and once', (t) => {
  const { events, recoveries } = listen();
  events.reportFault({ stage: 'read', code: 'throttled', message: 'x', shardId: 'a' });
  events.reportRecovery({ stage: 'read', shardId: 'b' });
  events.reportRecovery({ stage: 'read' });
  t.is(recoveries(), 0);
  events.reportRecovery({ stage: 'read', shardId: 'a' });
  events.reportRecovery({ stage: 'read', shardId: 'a' });
  t.is(recoveries(), 1);
});

test('texts that change each time are told four times a minute at most', (t) => {
  const { events, counts, pass } = listen();
  for (let time = 0; time < 600; time++, pass(200)) events.reportFault({ ...away, message: 'x'.repeat(time) });
  t.is(counts().length, 8);
});
