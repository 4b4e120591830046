import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import type { CheckResult } from '../../../../plugin/commands/check/check-result.js';
import { runChecks } from '../../../../plugin/commands/check/run-checks.js';
import { systemClock } from '../../../../src/clock.js';
import { openLeaseSite, table } from '../lease-site.js';

/** Only what is about the table. */
async function check(manifest: string): Promise<readonly CheckResult[]> {
  const { signal } = new AbortController();
  const results: CheckResult[] = [];
  for await (const result of runChecks(manifest, { clock: systemClock, signal })) results.push(result);
  return results.filter(({ name, message }) => /^(leases|checkpoint)$/.test(name) || message.includes('dynamodb:'));
}

const statusesOf = (results: readonly CheckResult[]) => results.map(({ name, status }) => `${name} ${status}`);

test('check shows who reads what in a lease table, and which calls are allowed, and writes nothing', async (t) => {
  const site = await openLeaseSite(t);
  await site.createTable();
  await site.putReaders();
  const before = await site.rows();
  const results = await check(site.manifest);
  t.deepEqual(statusesOf(results), [
    'permission pass',
    'permission pass',
    'permission pass',
    'permission pass',
    'permission pass',
    'leases pass',
    'checkpoint pass',
  ]);
  const [first, second, third] = site.shardIds;
  t.like(results.at(-2), {
    details: { table, readers: { 'one~00000001': [first, second], w3: [third] }, free: 1 },
  });
  t.is(
    results.at(-2)?.message,
    'In table "leases", worker "one~00000001" reads 2 shards, worker "w3" of KCL reads 1 shard, nobody reads 1 shard',
  );
  t.deepEqual(await site.rows(), before);
});

test('a lease table that is not there yet is no fault, and is not created', async (t) => {
  const { manifest, client } = await openLeaseSite(t);
  const results = await check(manifest);
  t.deepEqual(statusesOf(results), ['leases pass']);
  t.regex(results[0]?.message ?? '', /^Table "leases" does not exist yet; the first process creates it/);
  await t.throwsAsync(client.send(new DescribeTableCommand({ TableName: table })), {
    name: 'ResourceNotFoundException',
  });
});

for (const operation of ['DescribeTable', 'Scan', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem']) {
  test(`a missing permission for ${operation} fails a check of the lease table, by its action`, async (t) => {
    const { manifest, gate, createTable, putReaders } = await openLeaseSite(t);
    await createTable();
    await putReaders();
    gate.refused.add(operation);
    const failed = (await check(manifest)).filter(({ status }) => status !== 'pass');
    t.is(failed.length, 1);
    t.like(failed[0], { status: 'fail', details: { action: `dynamodb:${operation}`, kind: 'refused' } });
    t.regex(failed[0]?.advice ?? '', new RegExp(`allow dynamodb:${operation}`));
  });
}

test('a table with another key, and one of another stream, fail a check with one sentence each', async (t) => {
  const orders = await openLeaseSite(t);
  await orders.createTable('order');
  const [wrongKey, ...others] = await check(orders.manifest);
  t.like(wrongKey, { name: 'leases', status: 'fail' });
  t.regex(
    wrongKey?.message ?? '',
    /^The table "leases" is not a lease table: expected the key leaseKey \(HASH, S\), got order/,
  );
  t.deepEqual(others, []);

  const other = await openLeaseSite(t);
  await other.createTable();
  const stream = 'arn:aws:kinesis:us-east-1:000000000000:stream/other';
  await other.put({ shardId: other.shardIds[0], own: { ...other.own, stream } });
  const failed = (await check(other.manifest)).filter(({ status }) => status !== 'pass');
  t.is(failed.length, 1);
  t.like(failed[0], { name: 'leases', status: 'fail' });
  t.true(failed[0]?.message.includes(stream));
});

test('what KCL 3 has left in the table is a warning', async (t) => {
  const { manifest, createTable, put, shardIds } = await openLeaseSite(t);
  await createTable();
  await put({ shardId: shardIds[0] });
  await put({ shardId: 'leader' }, { entityType: { S: 'LEADER' } });
  const [warning, ...others] = (await check(manifest)).filter(({ status }) => status !== 'pass');
  t.like(warning, { name: 'leases', status: 'warn' });
  t.deepEqual(others, []);
});
