import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { DeadLetterError } from '../../src/errors.js';
import type { DeadLetterQueue } from '../../src/pipeline/dead-letter-queue.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { createFormatter } from '../../src/pipeline/open-output.js';
import type { RecordOwner } from '../../src/pipeline/open-record.js';
import { RecordReceiver } from '../../src/pipeline/record-receiver.js';
import { yieldToEventLoop } from '../../src/pipeline/yield-to-event-loop.js';
import { createProcessOptions, toStreamRecord } from '../bench/product-transform.js';
import { toRecord } from '../end-to-end/flow-logs.js';

const owner = { countAcked() {}, countFiltered() {} } as unknown as RecordOwner;
const deadLetters = { whenFree: () => undefined } as unknown as DeadLetterQueue;

const formatLine = createFormatter({ format: 'raw', hostname: 'collector' });
/** Without it, every record has to wait. */
const toLines = createFastLines({ formatLine, maxLineBytes: 1024, maxEvents: 1000 });

/** A yield is due by the bytes that the whole process has handled. */
test.beforeEach(async () => {
  await (yieldToEventLoop(64 * 1024) ?? yieldToEventLoop(64 * 1024));
});

/** Has no room for a second record until `makeRoom` is called, or fails with the first. */
function createReceiver() {
  const taken: string[] = [];
  let makeRoom = () => {};
  let fail = (_error: Error) => {};
  const room = new Promise<void>((resolve, reject) => {
    makeRoom = resolve;
    fail = reject;
  });
  const receiver = new RecordReceiver({
    sink: {
      take: (_processed, { record }) => {
        taken.push(record.shardId);
        return taken.length === 1 ? room : undefined;
      },
    },
    process: { ...createProcessOptions([]), toLines },
    owner,
    deadLetters,
    unreadable: undefined,
    sent: undefined,
    runNote: () => undefined,
    maxAttempts: 1,
    onFault: () => {},
    signal: new AbortController().signal,
  });
  const receive = (shardId: string, data: Uint8Array = toRecord('a', 0, 1).data) =>
    receiver.receive({ ...toStreamRecord(data, 0), shardId });
  return { receive, taken, makeRoom, fail };
}

test.serial('a record that fails is rejected, and those that waited for it are taken', async (t) => {
  const { receive, taken, fail } = createReceiver();
  const first = receive('a');
  const other = receive('b');
  fail(new DeadLetterError('The disk is full'));
  await t.throwsAsync(async () => first, { message: 'The disk is full' });
  await other;
  t.deepEqual(taken, ['a', 'b']);
  t.is(receive('a'), undefined);
});

test.serial('the event loop turns while many shards have records that are taken at once', async (t) => {
  const { receive, taken, makeRoom } = createReceiver();
  makeRoom();
  await receive('first');
  const before = taken.length;
  let takenBefore = Number.NaN;
  setImmediate(() => setImmediate(() => (takenBefore = taken.length - before)));
  const shards = Array.from({ length: 64 }, async (_, shard) => {
    for (let record = 0; record < 500; record += 1) await receive(`${shard}`);
  });
  await Promise.all(shards);
  // Records of 64 KiB are taken between two turns.
  const mostRecords = (3 * 64 * 1024) / toRecord('a', 0, 1).data.length;
  t.true(takenBefore < mostRecords, `${takenBefore} records`);
  t.is(taken.length - before, 64 * 500);
});

test.serial('records that are larger than what is taken between two turns are taken', async (t) => {
  const { receive, taken, makeRoom } = createReceiver();
  makeRoom();
  const text = gunzipSync(toRecord('a', 0, 1000).data);
  const payload = gzipSync(text, { level: 0 });
  t.true(payload.length > 100_000);
  await Promise.all(['a', 'b', 'c'].map((shardId) => receive(shardId, payload)));
  t.deepEqual(taken, ['a', 'b', 'c']);
});

test.serial(
  'while a record waits for room, no other is expanded; once there is room, records are taken at once again',
  async (t) => {
    const { receive, taken, makeRoom } = createReceiver();
    const first = receive('a');
    const others = [receive('b'), receive('c')];
    t.truthy(first);
    t.deepEqual(taken, ['a']);
    makeRoom();
    await first;
    // Although others wait: a turn handed to them would make every record of this shard wait too.
    t.is(receive('a'), undefined);
    await Promise.all(others);
    t.deepEqual(taken, ['a', 'a', 'b', 'c']);
    t.is(receive('b'), undefined);
  },
);
