import { join } from 'node:path';
import test from 'ava';
import { AckTracker } from '../../src/checkpoint/ack-tracker.js';
import { systemClock } from '../../src/clock.js';
import { createDirectSink } from '../../src/pipeline/direct-sink.js';
import { LineOutput } from '../../src/pipeline/line-output.js';
import { OpenRecord, type RecordOwner } from '../../src/pipeline/open-record.js';
import { outputSchema } from '../../src/settings/output.js';
import { type HourTally, Tally } from '../../src/tally.js';
import { makeFolder } from '../end-to-end/command.js';
import { source } from '../fixtures/payloads.js';
import { callsFromOutbox } from './calls-from-outbox.js';

function createRecord(owner: Partial<RecordOwner> = {}, tally?: Tally) {
  const acked: (Tally | undefined)[] = [];
  let counted = 0;
  const countAcked = () => counted++;
  const fail = () => Promise.reject(new Error('Not expected'));
  const record = new OpenRecord(
    {
      shardId: 'shard',
      sequenceNumber: '1',
      data: new Uint8Array(100),
      readMs: 0,
      arrivalMs: undefined,
      ack: (counted) => acked.push(counted),
    },
    { countAcked, countFiltered() {}, process: fail, row: fail, rejectEvent: fail, reject: fail, ...owner },
    tally,
  );
  return { record, counted: () => counted, acks: () => acked.length, acked };
}

test('a record is acked once everything is settled and nothing more is handed out', (t) => {
  const { record, acks, counted } = createRecord();
  record.expect();
  record.expect();
  record.settle('delivered');
  record.settle('filtered');
  t.is(acks(), 0);
  record.close();
  t.is(acks(), 1);
  // A loop of the host may ack a record again.
  record.close();
  t.is(acks(), 1);
  t.is(counted(), 1);
});

test('several rows of a record are settled at once, and those that were filtered are counted', (t) => {
  let filtered = 0;
  const countFiltered = (lines: number) => {
    filtered += lines;
  };
  const { record, acks } = createRecord({ countFiltered });
  for (let row = 0; row < 5; row++) record.expect();
  record.close();
  record.settle('delivered', 3);
  t.is(acks(), 0);
  record.settle('filtered', 2);
  t.is(acks(), 1);
  t.is(filtered, 2);
});

test('a record without rows is acked at once', (t) => {
  const { record, acks } = createRecord();
  record.close();
  t.is(acks(), 1);
});

test('a record of which anything was abandoned is never acked', (t) => {
  const { record, acks } = createRecord();
  record.expect();
  record.expect();
  record.close();
  record.settle('abandoned');
  record.settle('delivered');
  t.is(acks(), 0);
});

for (const { rejection, tally } of [
  { rejection: 'dead-letter', tally: { events: 1, deadLettered: 1 } },
  { rejection: 'rows', tally: { events: 1, deadLettered: 0 } },
  { rejection: 'abandoned', tally: undefined },
] as const) {
  test(`a rejected row settles its record by what became of it: ${rejection}`, async (t) => {
    const ledger = new Tally();
    ledger.start(0, source, 0);
    ledger.end(1);
    const { record, acked } = createRecord({ rejectEvent: async () => rejection }, ledger);
    record.expect();
    record.close();
    await record.rejectEvent(0, 'rejected');
    const tallies: HourTally[] = [];
    for (const counted of acked) {
      counted?.forEach((counts) => {
        tallies.push(counts);
      });
    }
    t.is(tallies.length, tally ? 1 : 0);
    if (tally) t.like(tallies[0], tally);
  });
}

test('a record that is rejected as a whole is acked only once it is in the dead-letter file', async (t) => {
  let isWritten = false;
  const reject = async () => {
    if (!isWritten) throw new Error('The disk is full');
  };
  const { record, acks } = createRecord({ reject });
  await t.throwsAsync(record.reject('reason', 'detail'), { message: 'The disk is full' });
  t.is(acks(), 0);
  isWritten = true;
  await record.reject('reason', 'detail');
  t.is(acks(), 1);
});

test('an ack takes four calls from the output that confirms to the tracker', async (t) => {
  const folder = await makeFolder(t);
  const output = new LineOutput(outputSchema.parse({ type: 'file', path: join(folder, 'lines') }), {
    clock: systemClock,
    isHeld: false,
    onFault: ({ message }) => t.fail(message),
    onRecovery() {},
    onClosed() {},
  });
  const sink = createDirectSink({ output, signal: new AbortController().signal });
  let calls: readonly string[] = [];
  const position = new AckTracker(() => {
    calls = callsFromOutbox(new Error());
  }).track('1');
  const { record } = createRecord();
  const stream = { ...record.record, ack: () => position.ack() };
  const open = new OpenRecord(stream, { countAcked() {} } as unknown as RecordOwner);
  const row = { TABLE: 't', SYSTEM: 's', DATETIME: 'd', SNAREDATAMAP: {} };
  const rows = [{ row, message: 'm', index: 0 }];
  await sink.take({ deadLetters: [], events: 1, isWhole: true, lines: undefined, rows, tally: undefined }, open);
  t.true(await output.release(5000));
  t.is(calls.length, 4, calls.join(', '));
});
