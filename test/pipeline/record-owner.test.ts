import test from 'ava';
import { createRecordOwner } from '../../src/pipeline/record-owner.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';

const record = {
  shardId: 'shard',
  sequenceNumber: '1',
  data: new Uint8Array(),
  readMs: 0,
  arrivalMs: undefined,
  ack() {},
};

test('a rejected row that cannot be rebuilt is a fault, and its record is not acked', async (t) => {
  const faults: string[] = [];
  const fail = () => Promise.reject(new RangeError('no such row'));
  const owner = createRecordOwner(
    { process: fail, row: fail },
    {
      deadLetters: { put: fail, putUntilDone: (_shardId, make) => make().then(() => true) },
      counters: new Counters(),
      countAcked() {},
      events: new PluginEmitter(),
      onFault: ({ message }) => faults.push(message),
      signal: new AbortController().signal,
    },
  );
  t.is(await owner.rejectEvent(record, 0, 'rejected'), 'abandoned');
  t.is(faults.length, 1);
  t.regex(faults[0] ?? '', /read again at the next start: no such row/);
});
