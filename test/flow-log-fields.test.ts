import test from 'ava';
import { DEFAULT_FORMAT, TRANSIT_GATEWAY_FORMAT } from '../src/flow-log/default-formats.js';
import { type FieldType, isFieldName, toField } from '../src/flow-log-fields.js';

// Order and version as in AWS' table; the counts by version are what "all fields up to this version" gives.
const byVersion: Readonly<Record<number, string>> = {
  2: 'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  3: 'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr',
  4: 'region az-id sublocation-type sublocation-id',
  5: 'pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path',
  6:
    'resource-type tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id ' +
    'tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id ' +
    'tgw-pair-attachment-id packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded ' +
    'packets-lost-ttl-expired',
  7:
    'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ' +
    'ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id',
  8: 'reject-reason',
  9: 'resource-id',
  10: 'encryption-status',
  11:
    'instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type ' +
    'next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type',
};

for (const [version, names] of Object.entries(byVersion)) {
  test(`every field of version ${version} is known`, (t) => {
    for (const name of names.split(' ')) {
      t.is(toField(name).version, Number(version), name);
      t.is(toField(name).name, name);
      t.true(isFieldName(name));
    }
  });
}

const integers =
  'version srcport dstport protocol packets bytes start end tcp-flags traffic-path encryption-status ' +
  'packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired';
const typed: ReadonlyMap<string, FieldType> = new Map([
  ...integers.split(' ').map((name) => [name, 'integer'] as const),
  ...['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr'].map((name) => [name, 'address'] as const),
  ['action', 'action'],
  ['log-status', 'log-status'],
]);

test('a field has the type that AWS gives it, and is text when that is a string', (t) => {
  for (const name of Object.values(byVersion).join(' ').split(' ')) {
    t.is(toField(name).type, typed.get(name) ?? 'text', name);
  }
});

test('a name that AWS has not yet brought is a text of no version', (t) => {
  t.deepEqual(toField('brand-new'), { name: 'brand-new', version: undefined, type: 'text' });
  t.false(isFieldName('brand-new'));
  t.false(isFieldName('constructor'));
});

test('the default format is version 2', (t) => {
  t.deepEqual(
    DEFAULT_FORMAT.fields.map(({ name }) => name),
    byVersion[2]?.split(' '),
  );
});

test('the default format of a transit gateway is its 36 fields of versions 2 to 6', (t) => {
  const names = TRANSIT_GATEWAY_FORMAT.fields.map(({ name }) => name);
  t.is(names.length, 36);
  t.is(new Set(names).size, 36);
  t.deepEqual(
    names.filter((name) => !isFieldName(name)),
    [],
  );
  t.is(names.slice(0, 3).join(' '), 'version resource-type account-id');
});
