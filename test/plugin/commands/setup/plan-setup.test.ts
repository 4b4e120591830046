import test from 'ava';
import {
  missingRole,
  planSetup,
  type SetupFound,
  type SetupRequest,
  type SetupStep,
} from '../../../../plugin/commands/setup/plan-setup.js';
import type { SubscriptionFilter } from '../../../../src/cloudwatch/subscriptions.js';

const group = '/aws/vpc/flow-logs';
const stream = { arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs', status: 'ACTIVE' };
const roleArn = 'arn:aws:iam::123456789012:role/writer';
const request: SetupRequest = {
  stream: 'flow-logs',
  region: 'us-east-1',
  shards: undefined,
  filterName: 'kinesis-snare',
  distribution: 'by-log-stream',
  roleArn,
  filtersPerGroup: 2,
};

function toFilter(filter: Partial<SubscriptionFilter> = {}): SubscriptionFilter {
  const whole = { name: 'kinesis-snare', pattern: '', destinationArn: stream.arn, roleArn };
  return { ...whole, distribution: 'by-log-stream', isTransformed: false, ...filter };
}

function plan(
  filters: readonly SubscriptionFilter[],
  options: Partial<SetupRequest> = {},
  found: SetupFound['stream'] | null = stream,
) {
  return planSetup({ ...request, ...options }, { stream: found ?? undefined, groups: new Map([[group, filters]]) });
}

test('where nothing is, the stream and a filter with an empty pattern are made, each with its undo', (t) => {
  const { steps, problems } = plan([], {}, null);
  t.deepEqual(problems, []);
  t.deepEqual(
    steps.map((step) => [step.type, 'undo' in step ? step.undo : '']),
    [
      ['create-stream', 'aws kinesis delete-stream --stream-name flow-logs --region us-east-1'],
      [
        'put-filter',
        `aws logs delete-subscription-filter --log-group-name ${group} --filter-name kinesis-snare --region us-east-1`,
      ],
    ],
  );
  const [, filter] = steps;
  t.deepEqual(filter?.type === 'put-filter' && filter.filter, {
    name: 'kinesis-snare',
    pattern: '',
    distribution: 'by-log-stream',
    roleArn,
  });
});

test('a consumer is registered where the stream has none of its name, after the stream', (t) => {
  const asked = { ...request, consumer: 'snare' };
  const groups = new Map<string, readonly SubscriptionFilter[]>();
  const created = planSetup(asked, { stream: undefined, groups });
  t.deepEqual(
    created.steps.map(({ type }) => type),
    ['create-stream', 'register-consumer'],
  );
  const undo = created.steps.flatMap((step) => ('undo' in step ? [step.undo] : []))[1] ?? '';
  t.is(
    undo,
    'aws kinesis deregister-stream-consumer --consumer-name snare --region us-east-1 --stream-arn "$(aws kinesis describe-stream-summary --stream-name flow-logs --query StreamDescriptionSummary.StreamARN --output text --region us-east-1)"',
  );
  const find = (status: string) =>
    planSetup(asked, { stream, consumer: { arn: `${stream.arn}/consumer/snare:1`, status }, groups });
  t.deepEqual(
    find('ACTIVE').steps.map(({ type }) => type),
    ['keep', 'keep'],
  );
  t.deepEqual(find('DELETING').problems, [
    'Consumer "snare" is being deleted; wait until it is gone, and run setup again',
  ]);
});

const changeOf = (step: SetupStep | undefined) => (step && 'change' in step ? (step.change ?? '') : '');

test('what is there already is kept, also under another name and without a role', (t) => {
  for (const filter of [toFilter(), toFilter({ name: 'by-hand' }), toFilter({ name: 'by-hand', pattern: '[a, b]' })]) {
    const { steps, problems } = plan([filter], { roleArn: undefined });
    t.deepEqual(problems, []);
    t.deepEqual(
      steps.map(({ type }) => type),
      ['keep', 'keep'],
    );
  }
});

test('a filter of its own name is brought in line, and its undo brings back what it was', (t) => {
  const own = toFilter({ pattern: "[a, b='x']", distribution: 'random', roleArn: 'arn:old' });
  const [, step] = plan([own]).steps;
  t.is(step?.type, 'put-filter');
  t.regex(step?.text ?? '', /empty pattern .* distributed by log stream, role/);
  t.is(
    step && 'undo' in step ? step.undo : '',
    `aws logs put-subscription-filter --log-group-name ${group} --filter-name kinesis-snare --filter-pattern '[a, b='\\''x'\\'']' --destination-arn ${stream.arn} --role-arn arn:old --distribution Random --region us-east-1`,
  );
});

test('a filter that was made without a role gets one, and nothing undefined is in the plan', (t) => {
  const [, step] = plan([{ ...toFilter(), roleArn: undefined }]).steps;
  t.regex(step?.text ?? '', /: role "arn:aws:iam::[^"]+"$/);
});

const problems: readonly (readonly [what: string, problem: RegExp, planned: ReturnType<typeof plan>])[] = [
  ['a filter that sends elsewhere', /so it is not changed/, plan([toFilter({ destinationArn: 'arn:other' })])],
  ['a filter of its name before the stream is created', /so it is not changed/, plan([toFilter()], {}, null)],
  [
    'a group whose filters are used up',
    /has 2 subscription filters \("a", "b"\)/,
    plan([toFilter({ name: 'a', destinationArn: 'arn:1' }), toFilter({ name: 'b', destinationArn: 'arn:2' })]),
  ],
  ['a missing role', /--role-arn/, plan([], { roleArn: undefined })],
  ['a stream that goes', /is being deleted/, plan([toFilter()], {}, { ...stream, status: 'DELETING' })],
];

for (const [what, problem, { problems: found, steps }] of problems) {
  test(`a plan reports a problem before anything is changed: ${what}`, (t) => {
    t.is(found.length, 1);
    t.regex(found[0] ?? '', problem);
    t.false(steps.some(({ type }) => type === 'put-filter'));
  });
}

test('without a role the filters are in the plan all the same, with what is missing, and are not made', (t) => {
  const { steps, problems } = plan([], { roleArn: undefined }, null);
  t.deepEqual(
    steps.map(({ type }) => type),
    ['create-stream', 'await-role'],
  );
  t.regex(steps[1]?.text ?? '', /filter "kinesis-snare".* sends every line.*--role-arn/);
  t.deepEqual(problems, [missingRole]);
});

test('--shards for a stream that exists is reported to change nothing, with the command that does', (t) => {
  const [step] = plan([toFilter()], { shards: 3 }).steps;
  t.regex(step?.text ?? '', /--shards 3 does not change it$/);
  t.regex(changeOf(step), /^aws kinesis update-shard-count .*--target-shard-count 3 /);
});

test('a filter of another name that drops lines is kept, with the option that changes it', (t) => {
  const [, step] = plan([toFilter({ name: 'by hand', pattern: 'REJECT' })]).steps;
  t.is(step?.type, 'keep');
  t.is(changeOf(step), "npx kinesis-snare setup --filter-name 'by hand'");
  t.is(
    plan([toFilter({ name: 'by hand', pattern: 'REJECT' })], { filterName: 'by hand' }).steps[1]?.type,
    'put-filter',
  );
});

test('a higher quota lets a third filter be made', (t) => {
  const others = [toFilter({ name: 'a', destinationArn: 'arn:1' }), toFilter({ name: 'b', destinationArn: 'arn:2' })];
  t.deepEqual(plan(others, { filtersPerGroup: 5 }).problems, []);
});

test('a problem of many groups is reported once', (t) => {
  const groups = new Map([
    ['/a', []],
    ['/b', []],
  ]);
  t.is(planSetup({ ...request, roleArn: undefined }, { stream, groups }).problems.length, 1);
});
