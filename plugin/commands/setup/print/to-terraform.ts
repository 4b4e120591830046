/** The stack in the JSON syntax of Terraform, https://developer.hashicorp.com/terraform/language/syntax/json. */
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

export function toTerraform(stack: Stack): object {
  const { stream, shards, logGroups, filterName, distribution, consumer, roleArn } = stack;
  // Parts of the ARN of the stream, so that no version of the provider has other names for them.
  const place = {
    partition: '${local.arn[1]}',
    region: '${local.arn[3]}',
    account: '${local.arn[4]}',
    stream: literal(stream),
  };
  const needs = {
    logGroups: logGroups.map(literal),
    keyArn: undefined,
    looksUpFormats: stack.looksUpFormats,
    consumer: stack.consumer,
  };
  const filters = {
    flow_logs: {
      for_each: '${toset(local.log_groups)}',
      name: literal(filterName),
      log_group_name: '${each.value}',
      filter_pattern: '',
      destination_arn: '${aws_kinesis_stream.flow_logs.arn}',
      role_arn: roleArn === undefined ? '${aws_iam_role.to_kinesis.arn}' : literal(roleArn),
      distribution: nameDistribution(distribution),
      // CloudWatch Logs tries the role when the filter is created.
      ...(roleArn === undefined && { depends_on: ['aws_iam_role_policy.to_kinesis'] }),
    },
  };
  return {
    terraform: { required_providers: { aws: { source: 'hashicorp/aws', version: '>= 4.9' } } },
    variable: {
      retention_hours: {
        type: 'number',
        default: retention.least,
        description: descriptions.retention,
      },
      max_iterator_age_ms: {
        type: 'number',
        default: iteratorAgeMs,
        description: descriptions.iteratorAge,
      },
      alarm_topic_arns: {
        type: 'list(string)',
        default: [],
        description: 'ARNs of SNS topics for the alarms',
      },
    },
    locals: { arn: '${split(":", aws_kinesis_stream.flow_logs.arn)}', log_groups: logGroups.map(literal) },
    resource: {
      aws_kinesis_stream: {
        flow_logs: {
          name: literal(stream),
          retention_period: '${var.retention_hours}',
          ...(shards !== undefined && { shard_count: shards }),
          stream_mode_details: [{ stream_mode: shards === undefined ? 'ON_DEMAND' : 'PROVISIONED' }],
        },
      },
      ...(consumer !== undefined && {
        aws_kinesis_stream_consumer: {
          snare: { name: literal(consumer), stream_arn: '${aws_kinesis_stream.flow_logs.arn}' },
        },
      }),
      ...(roleArn === undefined && {
        aws_iam_role: {
          to_kinesis: {
            name_prefix: 'flow-logs-to-kinesis-',
            description: descriptions.role,
            assume_role_policy: toText(createTrustPolicy(place)),
          },
        },
        aws_iam_role_policy: {
          to_kinesis: {
            name: 'put',
            role: '${aws_iam_role.to_kinesis.id}',
            policy: toText(createRolePolicy(place, undefined)),
          },
        },
      }),
      aws_iam_policy: {
        reader: {
          name_prefix: 'kinesis-snare-',
          description: descriptions.readerPolicy,
          policy: toText(createProgramPolicy(place, needs)),
        },
      },
      ...(logGroups.length > 0 && { aws_cloudwatch_log_subscription_filter: filters }),
      aws_cloudwatch_metric_alarm: Object.fromEntries(
        alarmsOf(stack).map((alarm) => [alarm.name.replaceAll('-', '_'), toAlarm(alarm, stack)]),
      ),
    },
    output: {
      stream_arn: { value: '${aws_kinesis_stream.flow_logs.arn}' },
      ...(roleArn === undefined && { role_arn: { value: '${aws_iam_role.to_kinesis.arn}' } }),
      reader_policy_arn: { value: '${aws_iam_policy.reader.arn}' },
    },
  };
}

function toAlarm(alarm: StreamAlarm, { stream, consumer }: Stack): object {
  return {
    alarm_name: literal(`${stream}-${alarm.name}`),
    alarm_description: alarm.description,
    namespace: 'AWS/Kinesis',
    metric_name: alarm.metric,
    dimensions: {
      StreamName: '${aws_kinesis_stream.flow_logs.name}',
      ...(alarm.isOfConsumer && { ConsumerName: literal(consumer ?? '') }),
    },
    statistic: alarm.statistic,
    period: alarm.periodSeconds,
    evaluation_periods: alarm.periods,
    threshold: alarm.threshold ?? '${var.max_iterator_age_ms}',
    comparison_operator: 'GreaterThanThreshold',
    treat_missing_data: alarm.isMissingBad ? 'breaching' : 'notBreaching',
    alarm_actions: '${var.alarm_topic_arns}',
  };
}

/** A text in which Terraform sees no template. */
function literal(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, (mark) => mark + mark);
}

/** The policy as JSON, in which Terraform replaces the parts of the ARN. */
function toText(policy: Policy): string {
  return JSON.stringify(policy);
}
