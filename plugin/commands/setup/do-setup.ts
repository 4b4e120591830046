/** Carries out a plan step by step. Stops at the first step that fails. */
import { explainAwsError } from '../../../src/aws/explain.js';
import type { Clock } from '../../../src/clock.js';
import type { Subscriptions } from '../../../src/cloudwatch/subscriptions.js';
import type { StreamAdmin } from '../../../src/kinesis/stream-admin.js';
import type { LeaseTable } from '../../../src/lease/table.js';
import { missingRole, type SetupPlan, type SetupRequest, type SetupStep } from './plan-setup.js';

export interface SetupServices {
  readonly admin: Pick<StreamAdmin, 'describe' | 'create'>;
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
    if (failure !== undefined && step.type === 'create-stream' && failure.isCreated) done.push(step);
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
  /** Whether the stream was created but is not active yet. */
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

/** The ARN of the stream, once the stream accepts records. */
async function awaitStream(request: SetupRequest, services: SetupServices): Promise<string | Failure> {
  const { admin, clock, signal, onWait } = services;
  for (let poll = 0; poll < maxPolls; poll++) {
    let why = `Waiting until stream "${request.stream}" is ACTIVE, which takes about a minute`;
    try {
      const stream = await admin.describe(signal);
      if (stream?.status === 'ACTIVE' || stream?.status === 'UPDATING') return stream.arn;
    } catch (error) {
      const failure = toFailure(error, 'kinesis:DescribeStreamSummary', `stream "${request.stream}"`, request);
      if (failure.kind !== 'throttled' && failure.kind !== 'transient') return failure;
      why = `${failure.text}; retrying`;
    }
    if (poll % pollsPerMessage === 0) onWait(why);
    await clock.sleep(pollMs, signal);
  }
  return {
    text: `Stream "${request.stream}" did not become ACTIVE within ${(maxPolls * pollMs) / 60_000} minutes; check it in the AWS console, and run setup again`,
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
