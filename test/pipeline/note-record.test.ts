import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { RunNote } from '../../src/checkpoint/run-note.js';
import { noteRecord } from '../../src/pipeline/note-record.js';

const record = { shardId: 's', sequenceNumber: '1', data: new Uint8Array(), readMs: 0, arrivalMs: 0, ack: () => {} };

function setUp(begin?: RunNote['begin']) {
  const faults: string[] = [];
  const noted: string[] = [];
  const runNote: RunNote = {
    isCareful: () => true,
    isSuspect: () => false,
    begin: begin ?? (({ sequenceNumber }) => noted.push(sequenceNumber)),
    end: () => noted.splice(0),
    async close() {},
  };
  const start = () => noteRecord(record, runNote, ({ code }) => faults.push(code));
  return { faults, noted, start };
}

test('a record is noted until it is taken', async (t) => {
  const { noted, start } = setUp();
  const finish = start();
  await undefined;
  t.deepEqual(noted, ['1']);
  finish();
  t.deepEqual(noted, []);
});

test('a record that waits for the output is no longer noted, since a kill meanwhile is not its fault', async (t) => {
  const { noted, start } = setUp();
  const finish = start();
  await turn();
  t.deepEqual(noted, []);
  finish();
});

test('a note that has ended does not end that of the next record', async (t) => {
  const { noted, start } = setUp();
  start()();
  noted.push('next');
  await turn();
  t.deepEqual(noted, ['next']);
});

test('a record that cannot be noted is handed on, with a fault', (t) => {
  const { faults, start } = setUp(() => {
    throw new Error('full disk');
  });
  start()();
  t.deepEqual(faults, ['run-note-not-written']);
});
