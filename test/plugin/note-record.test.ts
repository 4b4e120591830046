import test from 'ava';
import { noteRecord } from '../../plugin/collect/note-record.js';
import type { RunNote } from '../../src/checkpoint/run-note.js';
import { HandClock } from '../fakes/hand-clock.js';

const record = { shardId: 's', sequenceNumber: '1', data: new Uint8Array(), readMs: 0, arrivalMs: 0, ack: () => {} };

function setUp(begin: RunNote['begin'] = async () => {}) {
  const clock = new HandClock();
  const faults: string[] = [];
  const note = { ends: 0 };
  const runNote: RunNote = {
    isCareful: () => true,
    isSuspect: () => false,
    begin,
    async end() {
      note.ends++;
    },
    async close() {},
  };
  const start = () => noteRecord(record, runNote, { clock, onFault: ({ code }) => faults.push(code) });
  return { clock, faults, note, start };
}

test('a record is noted until it is taken', async (t) => {
  const { clock, note, start } = setUp();
  const finish = await start();
  await clock.advance(900);
  t.is(note.ends, 0);
  await finish();
  t.is(note.ends, 1);
  t.is(clock.sleeping, 0);
});

test('a record that waits for the output is noted for a second, since a kill meanwhile is not its fault', async (t) => {
  const { clock, note, start } = setUp();
  const finish = await start();
  await clock.advance(1000);
  t.is(note.ends, 1);
  await finish();
});

test('a record that cannot be noted is handed on, with a fault', async (t) => {
  const { faults, start } = setUp(() => Promise.reject(new Error('full disk')));
  await (await start())();
  t.deepEqual(faults, ['run-note-not-written']);
});
