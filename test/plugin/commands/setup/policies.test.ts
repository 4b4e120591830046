import test from 'ava';
import { formatProgramPolicy, formatRole } from '../../../../plugin/commands/setup/format-setup.js';

const place = { partition: 'aws', region: 'eu-west-1', account: '123456789012', stream: 'flow-logs' };
const keyArn = 'arn:aws:kms:eu-west-1:123456789012:key/1234';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Condition?: unknown;
}

/** Every statement of the policies in a printed text. */
function statementsOf(text: string): readonly Statement[] {
  return (text.match(/^(?:\{|.*'\{)$[\s\S]*?^\}/gm) ?? []).flatMap((policy) => {
    return (JSON.parse(policy.slice(policy.indexOf('{'))) as { Statement: Statement[] }).Statement;
  });
}

const printed = (at: typeof place) => [
  ...statementsOf(formatRole(at, { keyArn })),
  ...statementsOf(formatProgramPolicy(at, { keyArn, logGroups: ['/aws/vpc'], looksUpFormats: true })),
];

test('a key may be used only through Kinesis of the region', (t) => {
  for (const [partition, region, expected] of [
    ['aws', 'eu-west-1', 'kinesis.eu-west-1.amazonaws.com'],
    ['aws-cn', 'cn-north-1', ['kinesis.cn-north-1.amazonaws.com', 'kinesis.cn-north-1.amazonaws.com.cn']],
  ] as const) {
    const used = printed({ ...place, partition, region }).filter(({ Action }) => String(Action).startsWith('kms:'));
    t.deepEqual(
      used.map(({ Action, Condition }) => [Action, Condition]),
      ['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => [
        action,
        { StringEquals: { 'kms:ViaService': expected } },
      ]),
    );
  }
});

test('the role may be taken only for log groups of the account and the region', (t) => {
  const [trust] = printed(place);
  t.is(trust?.Action, 'sts:AssumeRole');
  t.deepEqual(trust?.Condition, {
    StringEquals: { 'aws:SourceAccount': '123456789012' },
    StringLike: { 'aws:SourceArn': 'arn:aws:logs:eu-west-1:123456789012:*' },
  });
});
