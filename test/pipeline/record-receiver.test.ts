import test from 'ava';
import type { DeadLetterQueue } from '../../src/pipeline/dead-letter-queue.js';
import { createFastLines } from '../../src/pipeline/fast-lines.js';
import { createFormatter } from '../../src/pipeline/open-output.js';
import type { RecordOwner } from '../../src/pipeline/open-record.js';
import { RecordReceiver } from '../../src/pipeline/record-receiver.js';
import { createProcessOptions, toStreamRecord } from '../bench/product-transform.js';
import { toRecord } from '../end-to-end/flow-logs.js';

const owner = { countAcked() {}, countFiltered() {} } as unknown as RecordOwner;
const deadLetters = { whenFree: () => undefined } as unknown as DeadLetterQueue;

const formatLine = createFormatter({ format: 'raw', hostname: 'collector' });
/** Without it, every record has to wait. */
const toLines = createFastLines({ formatLine, maxLineBytes: 1024, maxEvents: 10 });

/** Has no room for a second record until `makeRoom` is called. */
function createReceiver() {
  const taken: string[] = [];
  let makeRoom = () => {};
  const room = new Promise<void>((resolve) => {
    makeRoom = resolve;
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
  const receive = (shardId: string) => receiver.receive({ ...toStreamRecord(toRecord('a', 0, 1).data, 0), shardId });
  return { receive, taken, makeRoom };
}

test('while a record waits for room, no other is expanded; once there is room, records are taken at once again', async (t) => {
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
});
