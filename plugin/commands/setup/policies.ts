/** The IAM policies: for the role with which CloudWatch Logs writes to the stream, and for this program. */

import { leaseActions } from '../../../src/pipeline/fleet/open-lease-table.js';

export interface PolicyPlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** Name of the stream. */
  readonly stream: string;
}

export interface ProgramNeeds {
  /** Names of the log groups whose filters are checked and whose log events are fetched. */
  readonly logGroups: readonly string[];
  /** ARN of the customer-managed key that encrypts the stream. */
  readonly keyArn: string | undefined;
  readonly looksUpFormats: boolean;
  /** Name of the consumer for enhanced fan-out. */
  readonly consumer?: string | undefined;
  /** Name of the lease table of a fleet. */
  readonly table?: string | undefined;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

/** Only CloudWatch Logs may assume the role, for log groups of this account and region. */
export function createTrustPolicy({ partition, region, account }: PolicyPlace): Policy {
  return toPolicy([
    {
      Effect: 'Allow',
      Principal: { Service: 'logs.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': account },
        StringLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${account}:*` },
      },
    },
  ]);
}

/** The permissions of the role. */
export function createRolePolicy(place: PolicyPlace, keyArn: string | undefined): Policy {
  return toPolicy([
    { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: streamArn(place) },
    ...(keyArn === undefined ? [] : [useKey('kms:GenerateDataKey', keyArn, place)]),
  ]);
}

export function createProgramPolicy(place: PolicyPlace, needs: ProgramNeeds): Policy {
  const { logGroups, keyArn, looksUpFormats, table, consumer } = needs;
  const { partition, region, account } = place;
  const groupArns = logGroups.map((name) => `arn:${partition}:logs:${region}:${account}:log-group:${name}`);
  return toPolicy([
    {
      Effect: 'Allow',
      Action: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'],
      Resource: streamArn(place),
    },
    ...(consumer === undefined ? [] : useConsumer(consumer, place)),
    ...(keyArn === undefined ? [] : [useKey('kms:Decrypt', keyArn, place)]),
    ...(groupArns.length === 0
      ? []
      : [
          {
            Effect: 'Allow',
            Action: ['logs:DescribeSubscriptionFilters', 'logs:FilterLogEvents'],
            Resource: groupArns.flatMap((arn) => [arn, `${arn}:*`]),
          },
        ]),
    ...(table === undefined
      ? []
      : [
          {
            Effect: 'Allow',
            Action: leaseActions,
            Resource: `arn:${partition}:dynamodb:${region}:${account}:table/${table}`,
          },
        ]),
    ...(looksUpFormats ? [{ Effect: 'Allow', Action: 'ec2:DescribeFlowLogs', Resource: '*' }] : []),
  ]);
}

/** The name in the ARN of a consumer is followed by its time. It is found by the ARN of the stream. */
function useConsumer(consumer: string, place: PolicyPlace): readonly object[] {
  const consumerArn = `${streamArn(place)}/consumer/${consumer}:*`;
  return [
    {
      Effect: 'Allow',
      Action: 'kinesis:DescribeStreamConsumer',
      Resource: [streamArn(place), consumerArn],
    },
    { Effect: 'Allow', Action: 'kinesis:SubscribeToShard', Resource: consumerArn },
  ];
}

/** Allows the key only through Kinesis, which calls KMS. The permission alone decrypts nothing else. */
function useKey(action: string, keyArn: string, { partition, region }: PolicyPlace): object {
  const service = `kinesis.${region}.amazonaws.com`;
  const names = partition === 'aws-cn' ? [service, `${service}.cn`] : service;
  return {
    Effect: 'Allow',
    Action: action,
    Resource: keyArn,
    Condition: { StringEquals: { 'kms:ViaService': names } },
  };
}

function streamArn({ partition, region, account, stream }: PolicyPlace): string {
  return `arn:${partition}:kinesis:${region}:${account}:stream/${stream}`;
}

function toPolicy(Statement: readonly object[]): Policy {
  return { Version: '2012-10-17', Statement };
}
