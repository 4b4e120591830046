import test from 'ava';
import type { CheckStatus } from '../../../../plugin/commands/check/check-result.js';
import { judgeFilters } from '../../../../plugin/commands/check/judge-filters.js';
import type { SubscriptionFilter } from '../../../../src/cloudwatch/subscriptions.js';

const group = '/aws/vpc/flow-logs';
const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs';
const destination = 'arn:aws:logs:us-east-1:999999999999:destination:central';

function toFilter(filter: Partial<SubscriptionFilter> = {}): SubscriptionFilter {
  return {
    name: 'kinesis-snare',
    pattern: '',
    destinationArn: streamArn,
    roleArn: 'arn:aws:iam::123456789012:role/writer',
    distribution: 'by-log-stream',
    isTransformed: false,
    ...filter,
  };
}

const cases: readonly (readonly [what: string, filters: readonly SubscriptionFilter[], status: CheckStatus])[] = [
  ['one filter with an empty pattern', [toFilter({ pattern: ' ' })], 'pass'],
  ['a random distribution', [toFilter({ distribution: 'random' })], 'pass'],
  ['a second filter to somewhere else', [toFilter({ name: 'other', destinationArn: 'arn:x' }), toFilter()], 'pass'],
  ['no filter', [], 'fail'],
  ['only filters to somewhere else', [toFilter({ destinationArn: `${streamArn}-2` })], 'fail'],
  ['a destination of another account', [toFilter({ destinationArn: destination })], 'warn'],
  ['two filters to the stream', [toFilter(), toFilter({ name: 'again' })], 'warn'],
  ['a pattern', [toFilter({ pattern: 'REJECT' })], 'warn'],
  ['lines of a transformer', [toFilter({ isTransformed: true })], 'warn'],
];

for (const [what, filters, status] of cases) {
  test(`the filters of a log group are judged: ${what}`, (t) => {
    const result = judgeFilters(group, filters, { streamArn, isSeen: false });
    t.is(result.status, status);
    t.true(result.message.includes(group));
  });
}

test('a group without a filter of its own whose lines are in the stream passes: there are other ways to it', (t) => {
  const remote = [toFilter({ destinationArn: destination })];
  for (const filters of [[], remote]) t.is(judgeFilters(group, filters, { streamArn, isSeen: true }).status, 'pass');
});

const elsewhere = { destinationArn: 'arn:aws:lambda:us-east-1:1:function:x' };
const advices: readonly (readonly [what: string, filters: readonly SubscriptionFilter[], advice: RegExp])[] = [
  ['no filter', [], /^run npx kinesis-snare setup to create one$/],
  ['its name is taken', [toFilter(elsewhere)], /^run npx kinesis-snare setup --filter-name NAME to create one/],
  [
    'the quota is used up',
    [toFilter({ name: 'a', ...elsewhere }), toFilter({ name: 'b', ...elsewhere })],
    /^remove one of "a", "b".* setup --filters-per-group N to create one$/,
  ],
  [
    'the quota is used up, and its name is taken',
    [toFilter({ name: 'a', ...elsewhere }), toFilter(elsewhere)],
    /setup --filter-name NAME --filters-per-group N to create one/,
  ],
  ['a pattern of its own', [toFilter({ pattern: 'REJECT' })], /^run npx kinesis-snare setup to give the filter/],
  [
    'a pattern of another filter',
    [toFilter({ name: 'by-hand', pattern: 'REJECT', distribution: 'random' })],
    /^run npx kinesis-snare setup --filter-name by-hand --distribution random to give the filter an empty pattern$/,
  ],
];

for (const [what, filters, advice] of advices) {
  test(`the advice for a log group is what helps: ${what}`, (t) => {
    t.regex(judgeFilters(group, filters, { streamArn, isSeen: false }).advice ?? '', advice);
  });
}
