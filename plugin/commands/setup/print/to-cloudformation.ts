/** The stack as a CloudFormation template. */
import { createProgramPolicy, createRolePolicy, createTrustPolicy, type Policy } from '../policies.js';
import {
  alarmsOf,
  descriptions,
  iteratorAgeMs,
  nameDistribution,
  retention,
  type Stack,
  type StreamAlarm,
} from './stack.js';

export function toCloudFormation(stack: Stack): object {
  const { stream, shards, logGroups, filterName, distribution, consumer, roleArn } = stack;
  const place = {
    partition: '${AWS::Partition}',
    region: '${AWS::Region}',
    account: '${AWS::AccountId}',
    stream,
  };
  const needs = { logGroups, keyArn: undefined, looksUpFormats: stack.looksUpFormats, consumer: stack.consumer };
  const filters = logGroups.map((logGroup, index) => [
    `Filter${index + 1}`,
    {
      Type: 'AWS::Logs::SubscriptionFilter',
      Properties: {
        LogGroupName: logGroup,
        FilterName: filterName,
        FilterPattern: '',
        DestinationArn: { 'Fn::GetAtt': ['Stream', 'Arn'] },
        RoleArn: roleArn ?? { 'Fn::GetAtt': ['Role', 'Arn'] },
        Distribution: nameDistribution(distribution),
      },
    },
  ]);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'VPC Flow Logs from CloudWatch Logs into a Kinesis data stream, for kinesis-snare',
    Parameters: {
      RetentionHours: {
        Type: 'Number',
        Default: retention.least,
        MinValue: retention.least,
        MaxValue: retention.most,
        Description: descriptions.retention,
      },
      MaxIteratorAgeMilliseconds: {
        Type: 'Number',
        Default: iteratorAgeMs,
        MinValue: 60_000,
        Description: descriptions.iteratorAge,
      },
      AlarmTopicArn: {
        Type: 'String',
        Default: '',
        Description: 'ARN of an SNS topic for the alarms. Without it, they are shown in CloudWatch only',
      },
    },
    Conditions: { HasAlarmTopic: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmTopicArn' }, ''] }] } },
    Resources: {
      Stream: {
        Type: 'AWS::Kinesis::Stream',
        // It may have flow logs that nothing has read yet.
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          Name: stream,
          RetentionPeriodHours: { Ref: 'RetentionHours' },
          ...(shards !== undefined && { ShardCount: shards }),
          StreamModeDetails: { StreamMode: shards === undefined ? 'ON_DEMAND' : 'PROVISIONED' },
        },
      },
      ...(consumer !== undefined && {
        Consumer: {
          Type: 'AWS::Kinesis::StreamConsumer',
          Properties: { ConsumerName: consumer, StreamARN: { 'Fn::GetAtt': ['Stream', 'Arn'] } },
        },
      }),
      ...(roleArn === undefined && {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            Description: descriptions.role,
            AssumeRolePolicyDocument: substituted(createTrustPolicy(place)),
            Policies: [{ PolicyName: 'put', PolicyDocument: substituted(createRolePolicy(place, undefined)) }],
          },
        },
      }),
      ReaderPolicy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Description: descriptions.readerPolicy,
          PolicyDocument: substituted(createProgramPolicy(place, needs)),
        },
      },
      ...Object.fromEntries(filters),
      ...Object.fromEntries(alarmsOf(stack).map((alarm) => [toLogicalId(alarm), toAlarm(alarm, consumer)])),
    },
    Outputs: {
      StreamArn: { Value: { 'Fn::GetAtt': ['Stream', 'Arn'] } },
      ...(roleArn === undefined && { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } }),
      ReaderPolicyArn: { Value: { Ref: 'ReaderPolicy' } },
    },
  };
}

function toLogicalId({ name }: StreamAlarm): string {
  return `${name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}Alarm`;
}

function toAlarm(alarm: StreamAlarm, consumer: string | undefined): object {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: alarm.description,
      Namespace: 'AWS/Kinesis',
      MetricName: alarm.metric,
      Dimensions: [
        { Name: 'StreamName', Value: { Ref: 'Stream' } },
        ...(alarm.isOfConsumer ? [{ Name: 'ConsumerName', Value: consumer }] : []),
      ],
      Statistic: alarm.statistic,
      Period: alarm.periodSeconds,
      EvaluationPeriods: alarm.periods,
      Threshold: alarm.threshold ?? { Ref: 'MaxIteratorAgeMilliseconds' },
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: alarm.isMissingBad ? 'breaching' : 'notBreaching',
      AlarmActions: { 'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopicArn' }], { Ref: 'AWS::NoValue' }] },
    },
  };
}

/** With a function around each text that has a pseudo parameter. */
function substituted(policy: Policy): unknown {
  const change = (part: unknown): unknown => {
    if (typeof part === 'string') return part.includes('${AWS::') ? { 'Fn::Sub': part } : part;
    if (Array.isArray(part)) return part.map(change);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, change(value)]));
  };
  return change(policy);
}
