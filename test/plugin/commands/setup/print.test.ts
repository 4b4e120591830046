/**
 * What `setup --print` writes grants and creates what `setup` does. In test/interop, cfn-lint and moto read the template, and
 * Terraform evaluates its file, but without the provider of AWS. So the file is compared here with the arguments that the
 * provider documents.
 */
import test from 'ava';
import {
  createProgramPolicy,
  createRolePolicy,
  createTrustPolicy,
} from '../../../../plugin/commands/setup/policies.js';
import type { Stack } from '../../../../plugin/commands/setup/print/stack.js';
import { toCloudFormation } from '../../../../plugin/commands/setup/print/to-cloudformation.js';
import { toTerraform } from '../../../../plugin/commands/setup/print/to-terraform.js';
import { makeFolder, run, runHere, writeManifest } from '../../../end-to-end/command.js';

const stack: Stack = {
  stream: 'flow-logs',
  shards: 4,
  logGroups: ['/aws/vpc/a', '/b'],
  filterName: 'to ${snare} %{x}',
  distribution: 'random',
  looksUpFormats: true,
  consumer: undefined,
  roleArn: undefined,
};
const place = { partition: 'aws', region: 'us-east-1', account: '123456789012', stream: 'flow-logs' };
const policies = {
  trust: createTrustPolicy(place),
  role: createRolePolicy(place, undefined),
  program: createProgramPolicy(place, { logGroups: stack.logGroups, keyArn: undefined, looksUpFormats: true }),
};

test('the template of CloudFormation has the policies of setup, a filter of each log group, and alarms', (t) => {
  const template = toCloudFormation(stack) as { Resources: Record<string, { Type: string; Properties: never }> };
  const pseudo: Record<string, string> = { Partition: 'aws', Region: 'us-east-1', AccountId: '123456789012' };
  const resolved = JSON.parse(
    JSON.stringify(template.Resources, (_key, value) => {
      const text = value?.['Fn::Sub'] as string | undefined;
      return text?.replaceAll(/\$\{AWS::(\w+)\}/g, (_, name: string) => pseudo[name] ?? '?') ?? value;
    }),
  ) as Record<string, { Type: string; Properties: Record<string, unknown> }>;
  t.deepEqual(resolved.Role?.Properties.AssumeRolePolicyDocument, policies.trust);
  t.like(resolved.Role?.Properties.Policies, { 0: { PolicyDocument: policies.role } });
  t.deepEqual(resolved.ReaderPolicy?.Properties.PolicyDocument, policies.program);
  t.like(resolved.Stream, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  t.like(resolved.Stream?.Properties, { Name: 'flow-logs', ShardCount: 4 });
  const ofType = (type: string) => Object.values(resolved).filter(({ Type }) => Type === type);
  t.deepEqual(
    ofType('AWS::Logs::SubscriptionFilter').map(({ Properties }) => [
      Properties.LogGroupName,
      Properties.FilterPattern,
    ]),
    [
      ['/aws/vpc/a', ''],
      ['/b', ''],
    ],
  );
  t.deepEqual(
    ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.MetricName),
    ['GetRecords.IteratorAgeMilliseconds', 'ReadProvisionedThroughputExceeded', 'WriteProvisionedThroughputExceeded'],
  );
});

test('with enhanced fan-out, the consumer is created, the program may use it, and its lag is what has the alarm', (t) => {
  const consumer = 'snare';
  const { Resources } = toCloudFormation({ ...stack, consumer }) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  t.like(Resources.Consumer, { Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: consumer } });
  const metrics = Object.values(Resources).flatMap(({ Properties }) => Properties.MetricName ?? []);
  t.deepEqual(metrics, ['SubscribeToShardEvent.MillisBehindLatest', 'WriteProvisionedThroughputExceeded']);
  t.true(JSON.stringify(Resources.IteratorAgeAlarm).includes('{"Name":"ConsumerName","Value":"snare"}'));
  const policy = JSON.stringify(
    createProgramPolicy(place, { logGroups: [], keyArn: undefined, looksUpFormats: false, consumer }),
  );
  const consumerArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs/consumer/snare:*';
  t.true(policy.includes(`"Action":"kinesis:SubscribeToShard","Resource":"${consumerArn}"`));
  const { resource } = toTerraform({ ...stack, consumer }) as Terraform;
  t.like(resource.aws_kinesis_stream_consumer, {
    snare: { name: consumer, stream_arn: '${aws_kinesis_stream.flow_logs.arn}' },
  });
});

test('with a role that exists, the filters use it, and no other role is created', (t) => {
  const roleArn = 'arn:aws:iam::123456789012:role/path/to-kinesis';
  const { Resources, Outputs } = toCloudFormation({ ...stack, roleArn }) as {
    Resources: Record<string, { Properties: object }>;
    Outputs: object;
  };
  t.like(Resources.Filter2?.Properties, { RoleArn: roleArn });
  const { resource, output } = toTerraform({ ...stack, roleArn }) as Terraform & { output: object };
  t.like(resource.aws_cloudwatch_log_subscription_filter?.flow_logs, { role_arn: roleArn, depends_on: undefined });
  t.deepEqual([Resources.Role, resource.aws_iam_role, resource.aws_iam_role_policy], [undefined, undefined, undefined]);
  t.notRegex(JSON.stringify([Resources, Outputs, resource, output]), /"Role"|aws_iam_role/);
});

/** Of the documentation of hashicorp/aws, as far as they are used; the required ones first, before the bar. */
const documented: Readonly<Record<string, string>> = {
  aws_kinesis_stream: 'name | shard_count retention_period stream_mode_details',
  aws_iam_role: 'assume_role_policy | name_prefix description',
  aws_iam_role_policy: 'policy role | name',
  aws_iam_policy: 'policy | name_prefix description',
  aws_cloudwatch_log_subscription_filter: 'destination_arn filter_pattern log_group_name name | distribution role_arn',
  aws_cloudwatch_metric_alarm:
    'alarm_name comparison_operator evaluation_periods metric_name namespace period statistic threshold | alarm_description alarm_actions dimensions treat_missing_data',
};
/** Of Terraform itself, for every resource. */
const metaArguments = ['for_each', 'depends_on'];

interface Terraform {
  readonly locals: { readonly log_groups: readonly string[] };
  readonly variable: object;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

test('the file of Terraform has only documented arguments, and every one that is required', (t) => {
  const { resource } = toTerraform(stack) as Terraform;
  t.deepEqual(Object.keys(resource).toSorted(), Object.keys(documented).toSorted());
  for (const [type, resources] of Object.entries(resource)) {
    const [required = [], optional = []] = (documented[type] ?? '').split(' | ').map((words) => words.split(' '));
    for (const content of Object.values(resources)) {
      const given = Object.keys(content).filter((name) => !metaArguments.includes(name));
      t.deepEqual(
        given.filter((name) => ![...required, ...optional].includes(name)),
        [],
        type,
      );
      t.deepEqual(
        required.filter((name) => !given.includes(name)),
        [],
        type,
      );
    }
  }
});

test('what the file of Terraform refers to is in it, and its policies are those of setup', (t) => {
  const file = toTerraform(stack) as Terraform;
  const text = JSON.stringify(file);
  const known = Object.entries(file.resource).flatMap(([type, all]) =>
    Object.keys(all).map((name) => `${type}.${name}`),
  );
  const references = text.match(/aws_\w+\.\w+/g) ?? [];
  t.true(references.length > 5);
  t.deepEqual(
    references.filter((reference) => !known.includes(reference)),
    [],
  );
  const variables = [...text.matchAll(/var\.(\w+)/g)].map(([, name]) => name);
  t.deepEqual(new Set(variables), new Set(Object.keys(file.variable)));

  const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs'.split(':');
  const policyOf = (type: string, argument: string): unknown => {
    const [content] = Object.values(file.resource[type] ?? {});
    return JSON.parse(
      String(content?.[argument]).replaceAll(/\$\{local\.arn\[(\d)\]\}/g, (_, index) => arn[index] ?? '?'),
    );
  };
  t.deepEqual(policyOf('aws_iam_role', 'assume_role_policy'), policies.trust as never);
  t.deepEqual(policyOf('aws_iam_role_policy', 'policy'), policies.role as never);
  t.deepEqual(policyOf('aws_iam_policy', 'policy'), policies.program as never);
  t.deepEqual(file.locals.log_groups, stack.logGroups);
  // A name that would be a template.
  const filter = file.resource.aws_cloudwatch_log_subscription_filter?.flow_logs;
  t.is(filter?.name, 'to $${snare} %%{x}');
  t.is(filter?.filter_pattern, '');
});

test('the command prints JSON without credentials, and refuses options that say nothing about what it prints', async (t) => {
  const folder = await makeFolder(t);
  const input = { stream: 'arn:aws:kinesis:us-east-1:123456789012:stream/s', logGroups: ['/a'] };
  const manifest = await writeManifest(folder, { input });
  const print = (...args: readonly string[]) => runHere('setup', '--manifest', manifest, '--print', ...args);
  const role = 'arn:aws:iam::123456789012:role/r';
  const [template, terraform, withRole, ...refused] = await Promise.all([
    // A process of its own, without credentials.
    run(t, folder, ['setup', '--manifest', manifest, '--print', 'cloudformation', '--log-group', '/x', '/y'], {}),
    print('terraform'),
    print('cloudformation', '--role-arn', role),
    print('terraform', '--yes'),
    print('terraform', '--filters-per-group', '4'),
    print('terraform', '--role-arn', 'no-role'),
    print('pulumi'),
  ]);
  t.is(template.code, 0, template.stderr);
  t.like(JSON.parse(template.stdout), { Resources: { Filter2: { Properties: { LogGroupName: '/y' } } } });
  t.like(JSON.parse(terraform.stdout), { resource: { aws_kinesis_stream: { flow_logs: { name: 's' } } } });
  t.like(JSON.parse(withRole.stdout), { Resources: { Filter1: { Properties: { RoleArn: role } } } });
  t.deepEqual(
    refused.map(({ code, stdout }) => [code, stdout]),
    refused.map(() => [2, '']),
  );
});
