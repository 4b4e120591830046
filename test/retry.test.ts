import test from 'ava';
import type { Fault, Recovery, ReportedFault } from '../src/faults.js';
import { Attempts, type Failure, retry } from '../src/retry.js';
import { HandClock } from './fakes/hand-clock.js';

function setUp() {
  const clock = new HandClock();
  const stop = new AbortController();
  const faults: Fault[] = [];
  const recoveries: unknown[] = [];
  const operations: unknown[] = [];
  const context = {
    clock,
    random: () => 1,
    onFault({ operation, ...fault }: ReportedFault) {
      faults.push(fault);
      operations.push(operation);
    },
    onRecovery({ operation, ...what }: Recovery) {
      recoveries.push(what);
      operations.push(operation);
    },
    signal: stop.signal,
  };
  return { clock, stop, faults, recoveries, operations, context };
}

const failure: Failure = {
  stage: 'read',
  code: 'broken',
  message: 'It broke',
  shardId: 'a',
  backoff: { baseMs: 100, maxMs: 150 },
};

test('work is repeated after growing waits until it succeeds, and both failures and the recovery are reported', async (t) => {
  const { clock, faults, recoveries, operations, context } = setUp();
  let calls = 0;
  const error = new Error('Bad');
  const work = async () => {
    if (++calls < 4) throw error;
    return 'done';
  };
  const result = retry(work, () => failure, context);
  await clock.advance(399);
  t.is(calls, 3);
  await clock.advance(1);
  t.is(await result, 'done');
  const { backoff: _, ...fault } = failure;
  t.deepEqual(
    faults,
    [100, 150, 150].map((retryMs, index) => ({ ...fault, cause: error, attempt: index + 1, retryMs })),
  );
  t.deepEqual(recoveries, [{ stage: 'read', shardId: 'a' }]);
  t.deepEqual([operations.length, new Set(operations).size], [4, 1], 'the recovery is of the same operation');
});

test('an error that waiting does not fix ends it, and so does the signal, which reports nothing', async (t) => {
  const { stop, faults, context } = setUp();
  const work = () => Promise.reject(new Error('Bad'));
  const refuse = () => {
    throw new Error('Hopeless');
  };
  await t.throwsAsync(retry(work, refuse, context), { message: 'Hopeless' });
  const stopped = retry(
    async () => {
      stop.abort();
      throw new Error('Bad');
    },
    () => failure,
    context,
  );
  t.is(await stopped, undefined);
  t.is(await retry(work, () => failure, context), undefined);
  t.deepEqual(faults, []);
});

test('attempts are counted from the last success on', async (t) => {
  const { clock, faults, recoveries, context } = setUp();
  const attempts = new Attempts(context);
  attempts.succeeded();
  for (const isFailed of [true, true, false, false, true]) {
    if (!isFailed) attempts.succeeded();
    else {
      const waited = attempts.failed(failure);
      await clock.advance(150);
      await waited;
    }
  }
  t.deepEqual(
    faults.map(({ attempt }) => attempt),
    [1, 2, 1],
  );
  t.is(recoveries.length, 1);
});
