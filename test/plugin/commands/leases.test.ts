import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import test, { type ExecutionContext } from 'ava';
import { CommandError } from '../../../plugin/commands/exit.js';
import { leaseCommand } from '../../../plugin/commands/leases.js';
import { loadSettings } from '../../../plugin/manifest/manifest.js';
import { CheckpointError } from '../../../src/errors.js';
import { toItem } from '../../../src/lease/item.js';
import { openLeaseSite, startMs, table } from './lease-site.js';

type Site = Awaited<ReturnType<typeof openLeaseSite>>;

const askNobody = () => Promise.reject(new Error('nobody was to be asked'));

interface Run {
  readonly code: number;
  readonly shown: string;
}

async function command(
  { manifest }: Site,
  action: 'show' | 'reset',
  ask: () => Promise<boolean> = askNobody,
  onLog: () => void = () => {},
): Promise<Run> {
  const { input } = loadSettings(manifest).settings;
  if (input?.checkpoint.type !== 'dynamodb') throw new TypeError('there is no table');
  let shown = '';
  const code = await leaseCommand({
    input,
    settings: input.checkpoint,
    action,
    isAgreed: undefined,
    ask,
    write: (text) => {
      shown += text;
    },
    diagnostics: { log: onLog },
  });
  return { code, shown };
}

async function openWithReaders(t: ExecutionContext): Promise<Site> {
  const site = await openLeaseSite(t);
  await site.createTable();
  await site.putReaders();
  return site;
}

test('checkpoint show has the position and the reader of each lease, and changes nothing', async (t) => {
  const site = await openWithReaders(t);
  const before = await site.rows();
  const { code, shown } = await command(site, 'show');
  t.is(code, 0);
  const [first, second, third, fourth] = site.shardIds;
  const start = new Date(startMs).toISOString();
  t.deepEqual(
    shown.split('\n').map((line) => line.split('\t')),
    [
      ['table', table],
      ['stream', site.own.stream],
      [first, 'after 4961', 'reader one~00000001'],
      [second, `from ${start}`, 'reader one~00000001'],
      [third, `from ${start}`, 'reader w3'],
      [fourth, `from ${start}`, 'no reader'],
      [''],
    ],
  );
  t.deepEqual(await site.rows(), before);
});

test('without a table, both say where the next start is', async (t) => {
  const site = await openLeaseSite(t);
  for (const action of ['show', 'reset'] as const) {
    const { code, shown } = await command(site, action);
    t.is(code, 0);
    t.is(shown, 'No table "leases": the next start is at input.startAt\n');
  }
});

test('checkpoint reset asks first, and keeps everything if the answer is no', async (t) => {
  const site = await openWithReaders(t);
  const before = await site.rows();
  const { code, shown } = await command(site, 'reset', async () => false);
  t.is(code, 1);
  t.regex(shown, /\tafter 4961\t/);
  t.deepEqual(await site.rows(), before);
});

test('checkpoint reset removes the leases and keeps the table', async (t) => {
  const site = await openWithReaders(t);
  const { code, shown } = await command(site, 'reset', async () => true);
  t.is(code, 0);
  t.regex(shown, /\tafter 4961\t/);
  t.deepEqual(await site.rows(), []);
});

test('checkpoint reset refuses while a worker writes, also while it waits for an answer', async (t) => {
  const site = await openWithReaders(t);
  const { own, shardIds, client } = site;
  const [, second] = shardIds;
  const renew = (counter: number) => {
    const row = { shardId: second, checkpoint: '1', parentIds: [], childIds: [], own, owner: 'two~00000002', counter };
    return client.send(new PutItemCommand({ TableName: table, Item: toItem(row) }));
  };
  const renewing = () => void renew(7);
  const refused = await t.throwsAsync(() => command(site, 'reset', askNobody, renewing), {
    instanceOf: CheckpointError,
  });
  t.is(refused?.code, 'checkpoint-locked');
  t.regex(refused?.message ?? '', /^Worker "two~00000002" writes to table "leases"; stop the fleet/);
  t.is((await site.rows()).length, 4);
  const answered = async () => {
    await renew(8);
    return true;
  };
  const late = await t.throwsAsync(() => command(site, 'reset', answered), { instanceOf: CheckpointError });
  t.is(late?.code, 'checkpoint-locked');
  t.true((await site.rows()).some(({ shardId }) => shardId === second));
});

test('a missing permission, and a table with another key, are one sentence each and change nothing', async (t) => {
  const site = await openWithReaders(t);
  const before = await site.rows();
  site.gate.refused.add('DeleteItem');
  const refused = await t.throwsAsync(() => command(site, 'reset', async () => true), { instanceOf: CommandError });
  t.regex(refused?.message ?? '', /table "leases".*allow dynamodb:.*DeleteItem/s);
  site.gate.refused.add('Scan');
  await t.throwsAsync(() => command(site, 'show'), { instanceOf: CommandError });
  t.deepEqual(await site.rows(), before);
  const orders = await openLeaseSite(t);
  await orders.createTable('order');
  const other = await t.throwsAsync(() => command(orders, 'show'), { instanceOf: CheckpointError });
  t.regex(other?.message ?? '', /is not a lease table: expected the key leaseKey \(HASH, S\), got order/);
});
