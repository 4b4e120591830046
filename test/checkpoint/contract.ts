/** What every checkpoint store has to do, whatever it keeps its positions in. */
import test, { type ExecutionContext } from 'ava';
import type { CheckpointStore, ShardCheckpoint } from '../../src/checkpoint/store.js';
import { after, stream } from './positions.js';

const everyPosition = new Map<string, ShardCheckpoint>([
  ['shardId-000000000000', { ...after('49590338271490256608559692538361571095921575989136588898'), caughtUpMs: 17 }],
  ['shardId-000000000001', { position: { type: 'time', atMs: 1_700_000_000_123 }, updatedMs: 1 }],
  ['shardId-000000000002', { position: { type: 'beginning' }, updatedMs: 2 }],
  ['shardId-000000000003', { position: { type: 'end' }, updatedMs: 3 }],
]);

/** Each test gets a place of its own; every store that `create` makes in one place stands for another start. */
export function testStore(kind: string, prepare: (t: ExecutionContext) => Promise<() => CheckpointStore>): void {
  test(`${kind}: a first start has no positions`, async (t) => {
    const store = (await prepare(t))();
    t.deepEqual(await store.open(stream), new Map());
    await store.close();
  });

  test(`${kind}: what is saved is there at the next start, of every type`, async (t) => {
    const create = await prepare(t);
    const store = create();
    await store.open(stream);
    await store.save(everyPosition);
    await store.close();
    const next = create();
    t.deepEqual(await next.open(stream), everyPosition);
    await next.close();
  });

  test(`${kind}: a save replaces its shards and keeps the others`, async (t) => {
    const create = await prepare(t);
    const store = create();
    await store.open(stream);
    await store.save(
      new Map([
        ['a', after('1')],
        ['b', after('2')],
      ]),
    );
    await store.save(new Map([['b', after('3')]]));
    await store.close();
    const next = create();
    t.deepEqual(
      await next.open(stream),
      new Map([
        ['a', after('1')],
        ['b', after('3')],
      ]),
    );
    await next.close();
  });

  test(`${kind}: what is removed is gone at the next start`, async (t) => {
    const create = await prepare(t);
    const store = create();
    await store.open(stream);
    await store.save(everyPosition);
    await store.remove(['shardId-000000000003', 'never-seen']);
    await store.close();
    const next = create();
    t.deepEqual(
      [...(await next.open(stream)).keys()],
      ['shardId-000000000000', 'shardId-000000000001', 'shardId-000000000002'],
    );
    await next.close();
  });

  test(`${kind}: what open gave does not follow later saves`, async (t) => {
    const store = (await prepare(t))();
    const opened = await store.open(stream);
    await store.save(everyPosition);
    t.is(opened.size, 0);
    await store.close();
  });

  test(`${kind}: another stream is refused, and so is the same one made anew`, async (t) => {
    const create = await prepare(t);
    const store = create();
    await store.open(stream);
    await store.save(everyPosition);
    await store.close();
    await t.throwsAsync(create().open({ ...stream, arn: `${stream.arn}2` }), {
      name: 'CheckpointError',
      message: /belongs to stream/,
    });
    const recreated = await t.throwsAsync(create().open({ ...stream, createdMs: stream.createdMs + 1000 }));
    t.like(recreated, { name: 'CheckpointError', kind: 'stream-recreated' });
    const next = create();
    t.deepEqual(await next.open(stream), everyPosition, 'a refusal changes nothing and holds nothing');
    await next.close();
  });

  test(`${kind}: it has one user at a time`, async (t) => {
    const create = await prepare(t);
    const store = create();
    await store.open(stream);
    t.like(await t.throwsAsync(create().open(stream)), { name: 'CheckpointError', kind: 'locked' });
    await store.save(everyPosition);
    await store.close();
    await store.close();
    const next = create();
    t.is((await next.open(stream)).size, everyPosition.size);
    await next.close();
  });
}
