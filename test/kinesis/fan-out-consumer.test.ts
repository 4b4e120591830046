import test from 'ava';
import { putNumbered as put, firstShard as shardId, startReading, startService } from './reading.js';

test('a shard that is claimed again at once waits until AWS allows a subscription, which is no fault; another shard does not wait', async (t) => {
  const service = await startService(t, 2, 24, true);
  const { clock, kinesis } = service;
  const other = 'shardId-000000000001';
  const texts = [...put(service, 2)];
  const held = new Set([shardId]);
  const claims = {
    has: (id: string) => held.has(id),
    isElsewhere: (id: string) => !held.has(id),
    whenHeld: () => undefined,
  };
  const reading = startReading(t, service, { fanOut: service.createFanOut(), claims });
  await clock.advanceUntil(() => reading.taken.length === 2);
  held.delete(shardId);
  await reading.reader.release(shardId);
  texts.push(...put(service, 2, 2));
  for (const id of [shardId, other]) {
    held.add(id);
    reading.reader.claim(id);
  }
  await clock.advanceUntil(() => reading.taken.length === 4);
  t.deepEqual([reading.texts(shardId), reading.faults], [texts, []]);
  const subscribed = kinesis.requestsOf('SubscribeToShard');
  t.deepEqual(
    subscribed.map(({ input, outcome }) => [input.ShardId, outcome]),
    [
      [shardId, 'ok'],
      [other, 'ok'],
      [shardId, 'ok'],
    ],
  );
});
