import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type DeadLetter, toLetter } from '../../src/pipeline/dead-letter-file.js';
import { DeadLetterQueue } from '../../src/pipeline/dead-letter-queue.js';
import { makeFolder } from '../end-to-end/command.js';
import { HandClock } from '../fakes/hand-clock.js';

const mib = 1024 * 1024;
const { signal } = new AbortController();

function createLetter(shardId = 's', bytes = 10, reason = 'r'): DeadLetter {
  return toLetter({ shardId, sequenceNumber: '1', reason, detail: 'd', data: Buffer.alloc(bytes) });
}

async function setUp(t: ExecutionContext) {
  const path = join(await makeFolder(t), 'letters');
  const limits = { maxBytes: 1024 * mib, maxLogGroupPercent: 100, maxBytesPerMinute: 1024 * mib };
  const aside = new DeadLetterQueue({
    path,
    ...limits,
    clock: new HandClock(),
    onFault: () => {},
    onRecovery: () => {},
    onPut: () => {},
  });
  const reasons = async () => {
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    return lines.map((line) => (JSON.parse(line) as DeadLetter).reason);
  };
  return { aside, reasons };
}

test('the letters of long lines are made one at a time, when their turn has come', async (t) => {
  const { aside, reasons } = await setUp(t);
  let [making, most, held] = [0, 0, 0];
  const sizes: number[] = [];
  const put = (number: number) =>
    aside
      .putUntilDone(
        's',
        async () => {
          most = Math.max(most, ++making);
          await new Promise(setImmediate);
          making--;
          held += mib / 2;
          sizes.push(held);
          return createLetter('s', mib / 2, String(number));
        },
        signal,
      )
      .finally(() => {
        held -= mib / 2;
      });
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  t.deepEqual(new Set(await Promise.all(numbers.map(put))), new Set([true]));
  t.is(most, 1);
  t.true(Math.max(...sizes) <= mib, 'no more are made than are written together');
  t.deepEqual((await reasons()).map(Number), numbers);
});

test('the letters of two shards are not made in turns, since each turn decodes a record again', async (t) => {
  const { aside } = await setUp(t);
  const made: string[] = [];
  const put = (shardId: string) =>
    aside.putUntilDone(
      shardId,
      async () => {
        await new Promise(setImmediate);
        made.push(shardId);
        return createLetter(shardId);
      },
      signal,
    );
  await Promise.all(Array.from({ length: 50 }, () => [put('a'), put('b')]).flat());
  t.is(made.filter((shardId, index) => shardId !== made[index - 1]).length, 2);
});

test('the letter of a long line that could not be made does not stop those behind it', async (t) => {
  const { aside } = await setUp(t);
  const failed = aside.putUntilDone('s', () => Promise.reject(new Error('no row')), signal);
  const written = aside.putUntilDone('s', async () => createLetter(), signal);
  await t.throwsAsync(failed, { message: 'no row' });
  t.true(await written);
  await aside.whenFree('s');
  t.is(aside.whenFree('s'), undefined);
});

test('letters whose signal has aborted are neither made nor written', async (t) => {
  const { aside } = await setUp(t);
  const written = aside.putUntilDone('s', () => Promise.reject(new Error('made')), AbortSignal.abort());
  t.false(await written);
});
