/** Carries out a plan step by step. Stops at the first step that fails. */
import { explainAwsError } from '../../../src/aws/explain.js';
import type { Clock } from '../../../src/clock.js';
import type { Subscriptions } from '../../../src/cloudwatch/subscriptions.js';
import type { StreamAdmin } from '../../../src/kinesis/stream-admin.js';
import type { LeaseTable } from '../../../src/lease/table.js';
import { missingRole, type SetupPlan, type SetupRequest, type SetupStep } from './plan-setup.js';

export interface SetupServices {
  readonly admin: Pick<StreamAdmin, 'describe' | 'create' | 'describeConsumer' | 'registerConsumer'>;
  readonly subscriptions: Pick<Subscriptions, 'put'>;
  /** Undefined if no fleet shares the stream. */
  readonly table?: Pick<LeaseTable, 'open'> | undefined;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  readonly onDone: (step: DoneStep) => void;
  /** What setup waits for, as a sentence; called again at least every half minute. */
  readonly onWait: (message: string) => void;
}

/** A step that changes something. */
export type DoneStep = Exclude<SetupStep, { type: 'keep' | 'await-role' }>;

export interface SetupOutcome {
  /** In order of execution. */
  readonly done: readonly DoneStep[];
  /** Why the next step failed; undefined if all are done. */
  readonly failure: string | undefined;
}

const pollMs = 2_000;
/** Creating a stream takes about a minute. */
const maxPolls = 150;
/** One message every half minute. */
const pollsPerMessage = 15;
const deliverPauseMs = 5_000;
/** A new role or stream is not visible everywhere in AWS at once. */
const maxDeliveries = 12;

export async function doSetup(
  { steps }: SetupPlan,
  request: SetupRequest,
  services: SetupServices,
): Promise<SetupOutcome> {
  const done: DoneStep[] = [];
  for (const step of steps) {
    if (step.type === 'keep') continue;
    if (step.type === 'await-role') return { done, failure: missingRole };
    const failure = await doStep(step, request, services);
    if (failure?.isCreated) done.push(step);
    if (failure !== undefined) return { done, failure: failure.text };
    done.push(step);
    services.onDone(step);
  }
  return { done, failure: undefined };
}

function doStep(step: DoneStep, request: SetupRequest, services: SetupServices): Promise<Failure | undefined> {
  switch (step.type) {
    case 'create-stream':
      return createStream(request, services);
    case 'create-table':
      return createTable(request, services);
    case 'register-consumer':
      return register(step, request, services);
    case 'put-filter':
      return put(step, request, services);
  }
}

async function createTable(request: SetupRequest, { table, signal }: SetupServices): Promise<Failure | undefined> {
  try {
    await table?.open(signal);
    return undefined;
  } catch (error) {
    return toFailure(error, 'dynamodb:CreateTable', `table "${request.table}"`, request);
  }
}

interface Failure {
  readonly text: string;
  /** Whether what the step creates exists, but is not active yet. */
  readonly isCreated: boolean;
}

async function createStream(request: SetupRequest, services: SetupServices): Promise<Failure | undefined> {
  const { admin, signal } = services;
  try {
    await admin.create(request.shards, signal);
  } catch (error) {
    return toFailure(error, 'kinesis:CreateStream', `stream "${request.stream}"`, request);
  }
  const arn = await awaitStream(request, services);
  return typeof arn === 'string' ? undefined : { ...arn, isCreated: true };
}

async function register(
  { name }: Extract<SetupStep, { type: 'register-consumer' }>,
  request: SetupRequest,
  services: SetupServices,
): Promise<Failure | undefined> {
  const { admin, signal } = services;
  const arn = await awaitStream(request, services);
  if (typeof arn !== 'string') return arn;
  try {
    await admin.registerConsumer(arn, name, signal);
  } catch (error) {
    return toFailure(error, 'kinesis:RegisterStreamConsumer', `stream "${request.stream}"`, request);
  }
  const what = { action: 'kinesis:DescribeStreamConsumer', resource: `consumer "${name}"`, time: 'some seconds' };
  const ready = await awaitActive(what, request, services, async () => {
    const found = await admin.describeConsumer(arn, name, signal);
    return found?.status === 'ACTIVE' ? name : undefined;
  });
  return typeof ready === 'string' ? undefined : { ...ready, isCreated: true };
}

/** The ARN of the stream, once the stream accepts records. */
function awaitStream(request: SetupRequest, services: SetupServices): Promise<string | Failure> {
  const { admin, signal } = services;
  const resource = `stream "${request.stream}"`;
  const what = { action: 'kinesis:DescribeStreamSummary', resource, time: 'about a minute' };
  return awaitActive(what, request, services, async () => {
    const stream = await admin.describe(signal);
    return stream?.status === 'ACTIVE' || stream?.status === 'UPDATING' ? stream.arn : undefined;
  });
}

interface Awaited {
  /** The call that looks for it. */
  readonly action: string;
  readonly resource: string;
  /** How long it usually takes. */
  readonly time: string;
}

/** Asks until it is ready; then resolves with what it found. */
async function awaitActive(
  { action, resource, time }: Awaited,
  request: SetupRequest,
  services: SetupServices,
  find: () => Promise<string | undefined>,
): Promise<string | Failure> {
  const { clock, signal, onWait } = services;
  for (let poll = 0; poll < maxPolls; poll++) {
    let why = `Waiting until ${resource} is ACTIVE, which takes ${time}`;
    try {
      const found = await find();
      if (found !== undefined) return found;
    } catch (error) {
      const failure = toFailure(error, action, resource, request);
      if (failure.kind !== 'throttled' && failure.kind !== 'transient') return failure;
      why = `${failure.text}; retrying`;
    }
    if (poll % pollsPerMessage === 0) onWait(why);
    await clock.sleep(pollMs, signal);
  }
  return {
    text: `${resource.charAt(0).toUpperCase()}${resource.slice(1)} did not become ACTIVE within ${(maxPolls * pollMs) / 60_000} minutes; check it in the AWS console, and run setup again`,
    isCreated: false,
  };
}

async function put(
  { logGroup, filter }: Extract<SetupStep, { type: 'put-filter' }>,
  request: SetupRequest,
  services: SetupServices,
): Promise<Failure | undefined> {
  const { subscriptions, clock, signal, onWait } = services;
  const destinationArn = await awaitStream(request, services);
  if (typeof destinationArn !== 'string') return destinationArn;
  for (let attempt = 1; ; attempt++) {
    try {
      await subscriptions.put(logGroup, { ...filter, destinationArn }, signal);
      return undefined;
    } catch (error) {
      const failure = toFailure(error, 'logs:PutSubscriptionFilter', `log group "${logGroup}"`, request);
      // CloudWatch Logs first uses the role to put a test message into the stream.
      const isTrial = /could not deliver test message/i.test(failure.text);
      if (!(isTrial || failure.kind === 'throttled') || attempt >= maxDeliveries) {
        const hint = `; check that role "${filter.roleArn}" trusts logs.amazonaws.com and may kinesis:PutRecord on the stream`;
        return isTrial ? { ...failure, text: `${failure.text}${hint}` } : failure;
      }
      onWait(`${failure.text}; attempt ${attempt + 1} of ${maxDeliveries} in ${deliverPauseMs / 1000} s`);
      await clock.sleep(deliverPauseMs, signal);
    }
  }
}

function toFailure(error: unknown, action: string, resource: string, { region }: SetupRequest) {
  const settings = 'input.stream, input.region and input.logGroups';
  const { message, advice, kind } = explainAwsError(error, { action, resource, region, settings });
  const pass = action === 'logs:PutSubscriptionFilter' ? ', and iam:PassRole on the role' : '';
  return { text: `${message}; ${advice}${kind === 'refused' ? pass : ''}`, kind, isCreated: false };
}
