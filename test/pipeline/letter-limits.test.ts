import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { countLetterBytes, type DeadLetter, toLetter } from '../../src/pipeline/dead-letter-file.js';
import { DeadLetterQueue } from '../../src/pipeline/dead-letter-queue.js';
import { makeFolder } from '../end-to-end/command.js';
import { HandClock } from '../fakes/hand-clock.js';

const kib = 1024;

function createLetter(logGroup: string | undefined, bytes = 100 * kib, shardId = 's'): DeadLetter {
  return toLetter({ shardId, sequenceNumber: '1', logGroup, reason: 'r', detail: 'd', data: Buffer.alloc(bytes) });
}

async function setUp(t: ExecutionContext, options: object = {}) {
  const clock = new HandClock();
  const path = join(await makeFolder(t), 'letters');
  const faults: string[] = [];
  const aside = new DeadLetterQueue({
    path,
    maxBytes: 4 * 1024 * kib,
    maxLogGroupPercent: 25,
    maxBytesPerMinute: 1024 * 1024 * kib,
    clock,
    onFault: ({ message }) => faults.push(message),
    onRecovery: () => {},
    onPut: () => {},
    ...options,
  });
  /** Letters that were taken, one by one. */
  const fill = async (logGroup: string | undefined) => {
    for (let taken = 0; taken < 1000; taken++) {
      const isTaken = await aside.put([createLetter(logGroup)]).then(
        () => true,
        () => false,
      );
      if (!isTaken) return taken;
    }
    return 1000;
  };
  return { aside, clock, path, faults, fill };
}

const perShare = Math.floor((1024 * kib) / countLetterBytes(createLetter('/a')));

test('one log group fills its part of the dead-letter file, and the others still have theirs', async (t) => {
  const { aside, fill } = await setUp(t);
  t.is(await fill('/a'), perShare);
  t.is(await fill('/b'), perShare);
  t.is(await fill(undefined), perShare, 'records that name no log group are one source');
  await t.throwsAsync(aside.put([createLetter('/a')]), { message: /"\/a".*maxLogGroupPercent/ });
});

test('a log group has its part of the dead-letter file again once that was moved away', async (t) => {
  const { fill, path } = await setUp(t);
  t.is(await fill('/a'), perShare);
  await rm(path);
  t.is(await fill('/a'), perShare);
});

test('one letter is taken even where it alone is more than the part of its log group', async (t) => {
  const { aside } = await setUp(t);
  await aside.put([createLetter('/a', 1200 * kib)]);
  await t.throwsAsync(aside.put([createLetter('/a')]), { message: /maxLogGroupPercent/ });
});

test('dead letters of one log group beyond the limit of a minute wait for the next, those of others do not', async (t) => {
  const { clock, fill } = await setUp(t, { maxLogGroupPercent: 100, maxBytesPerMinute: 512 * kib });
  const perMinute = Math.floor(perShare / 2);
  t.is(await fill('/a'), perMinute);
  t.is(await fill('/b'), perMinute);
  t.is(await fill('/a'), 0);
  await clock.advance(60_000);
  t.is(await fill('/a'), perMinute);
});

test('made-up log groups by the thousand count as one', async (t) => {
  const { aside, fill } = await setUp(t);
  for (let group = 0; group < 1000; group++) await aside.put([createLetter(`/made-up/${group}`, 1)]);
  t.is(await fill('/more'), perShare);
  t.is(await fill('/even-more'), 0);
});
