import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import test from 'ava';
import { CommandError } from '../../../../plugin/commands/exit.js';
import { openLeaseSite, table } from '../lease-site.js';
import { runSetup } from './run-setup.js';

type Site = Awaited<ReturnType<typeof openLeaseSite>>;

const setup = ({ manifest }: Site, isAgreed: boolean) => runSetup({ manifest, isAgreed });
const describe = ({ client }: Site) => client.send(new DescribeTableCommand({ TableName: table }));

test('setup plans the lease table, its backups and its permissions, creates it with --yes, and keeps it afterwards', async (t) => {
  const site = await openLeaseSite(t);
  const planned = await setup(site, false);
  t.is(planned.code, 0);
  t.regex(planned.stdout, /\d\. Create lease table "leases" in region "us-east-1", on demand/);
  t.regex(planned.stdout, /aws dynamodb update-continuous-backups --table-name leases --point-in-time-recovery/);
  t.regex(planned.stdout, /undo: aws dynamodb delete-table --table-name leases --region us-east-1/);
  t.regex(planned.stdout, /"dynamodb:UpdateItem"[\s\S]*:table\/leases"/);
  await t.throwsAsync(() => describe(site), { name: 'ResourceNotFoundException' });
  const done = await setup(site, true);
  t.is(done.code, 0, done.stderr);
  const { Table } = await describe(site);
  t.deepEqual(Table?.KeySchema, [{ AttributeName: 'leaseKey', KeyType: 'HASH' }]);
  t.is(Table?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
  await site.putReaders();
  const again = await setup(site, true);
  t.is(again.code, 0);
  t.regex(again.stdout, /Lease table "leases" exists; for backups of it/);
  t.is((await site.rows()).length, 4);
});

test('setup changes nothing where the lease table may not be looked at, or has another key', async (t) => {
  const site = await openLeaseSite(t);
  site.gate.refused.add('DescribeTable');
  const refused = await t.throwsAsync(() => setup(site, true), { instanceOf: CommandError });
  t.regex(refused?.message ?? '', /dynamodb:DescribeTable on table "leases".*Nothing was changed$/s);
  site.gate.refused.clear();
  await site.createTable('order');
  const other = await t.throwsAsync(() => setup(site, true));
  t.regex(
    other?.message ?? '',
    /^The table "leases" is not a lease table: expected the key leaseKey \(HASH, S\), got order \(HASH, S\); give input\.checkpoint\.table another name\. Nothing was changed$/,
  );
});

test('setup that may not create the lease table says what to allow', async (t) => {
  const site = await openLeaseSite(t);
  site.gate.refused.add('CreateTable');
  const { code, stderr } = await setup(site, true);
  t.is(code, 1);
  t.regex(stderr, /allow dynamodb:CreateTable/);
  await t.throwsAsync(() => describe(site), { name: 'ResourceNotFoundException' });
});
