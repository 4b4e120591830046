import test, { type ExecutionContext } from 'ava';
import { readSample } from '../../../../plugin/commands/check/read-sample.js';
import { createSdkApi } from '../../../../src/kinesis/sdk-api.js';
import { startFakeKinesis } from '../../../fakes/fake-kinesis.js';
import { HandClock } from '../../../fakes/hand-clock.js';

const stream = 'flow-logs';

async function setUp(t: ExecutionContext, shards: number) {
  const { signal } = new AbortController();
  let underWay = 0;
  const clock = new HandClock({ isBusy: () => underWay > 0 });
  const kinesis = await startFakeKinesis({ clock });
  const { endpoint, region, credentials } = kinesis;
  kinesis.createStream(stream, { shards });
  const api = createSdkApi({ stream, endpoint, region, credentials });
  t.teardown(async () => {
    api.close();
    await kinesis.stop();
  });
  const sample = async () => {
    const busy = <Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
      return async (...args: Args): Promise<Result> => {
        underWay++;
        return call(...args).finally(() => underWay--);
      };
    };
    const watched = { ...api, getIterator: busy(api.getIterator), getRecords: busy(api.getRecords) };
    const reading = readSample(watched, await api.listShards(signal), { nowMs: clock.now(), clock, signal });
    let isOver = false;
    void reading.finally(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(1000);
    return reading;
  };
  const { shards: made } = kinesis.stream(stream);
  const put = (shard: number, count: number) => {
    for (let i = 0; i < count; i++) kinesis.putTo(stream, made[shard]?.shardId ?? '', String(i));
  };
  return { kinesis, clock, sample, put };
}

test('a sample is at most ten records of each open shard, the latest that are easily found', async (t) => {
  const { kinesis, clock, sample, put } = await setUp(t, 3);
  put(0, 5);
  put(1, 5);
  await clock.advance(5 * 3_600_000);
  put(1, 30);
  const { records, shards, faults, throttled } = await sample();
  t.is(records.length, 15);
  t.deepEqual([shards, throttled, faults.size], [3, 0, 0]);
  for (const { input } of kinesis.requestsOf('GetRecords')) t.is(input.Limit, 10);
});

test('a sample keeps far below the rates of AWS', async (t) => {
  const { kinesis, sample } = await setUp(t, 2);
  kinesis.rules.isThrottling = true;
  const { throttled, reads } = await sample();
  t.is(throttled, 0);
  t.true(reads <= 24);
});

test('throttled reads are counted, and what AWS refuses is reported by its action', async (t) => {
  const { kinesis, sample, put } = await setUp(t, 1);
  put(0, 1);
  kinesis.fail({ operation: 'GetRecords', times: 2, error: { code: 'ProvisionedThroughputExceededException' } });
  const busy = await sample();
  t.deepEqual([busy.records.length, busy.throttled], [1, 2]);
  kinesis.fail({ operation: 'GetRecords', times: 9, error: { code: 'AccessDeniedException' } });
  const refused = await sample();
  t.deepEqual([...refused.faults.keys()], ['kinesis:GetRecords']);
  t.is(refused.reads, 2);
});
