/** Opens the lease table of the settings and makes sure that it can be used for this stream. */

import { AwsError } from '../../aws/error.js';
import { toStartError } from '../../aws/explain.js';
import { checkStream } from '../../checkpoint/store.js';
import { ConfigurationError } from '../../configuration-error.js';
import { CheckpointError } from '../../errors.js';
import { describeError } from '../../faults.js';
import { createDynamoTable, type DynamoTable } from '../../lease/dynamo-table.js';
import { isOurs, type Lease, writtenSince } from '../../lease/lease.js';
import { probedActions } from '../../lease/table-probe.js';
import type { StreamIdentity } from '../../progress.js';
import { type Context, type Failure, retry } from '../../retry.js';
import type { InputSettings } from '../../settings/settings.js';
import { allDone } from '../../waiters.js';
import { type AwsAccess, createClientOptions, regionOf } from '../clients.js';

export type LeaseSettings = Extract<InputSettings['checkpoint'], { type: 'dynamodb' }>;

/** Everything that the program does with a lease table. */
export const leaseActions = [
  'dynamodb:DescribeTable',
  'dynamodb:CreateTable',
  'dynamodb:Scan',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
] as const;

/** Makes no call. @throws ConfigurationError if the package for DynamoDB is missing */
export async function createLeaseTable(
  input: InputSettings,
  { table: name, endpoint, leaseMs }: LeaseSettings,
  access: AwsAccess,
): Promise<DynamoTable> {
  const client = await createClientOptions(input, endpoint, access);
  // A write that hangs must not take the time in which it could be repeated.
  const requestTimeoutMs = Math.min(5000, Math.max(2000, leaseMs / 4));
  const table = await createDynamoTable({ name, client, requestTimeoutMs, clock: access.watch.clock });
  if (!table) throw new ConfigurationError([missingClient]);
  return table;
}

export interface OpenTableOptions extends Context {
  readonly input: InputSettings;
  readonly settings: LeaseSettings;
  readonly stream: StreamIdentity;
}

/**
 * Creates the table if it is missing. Waits until temporary faults have passed. Rejects with a `StartError` for a missing
 * permission, and with a `CheckpointError` for a table of another stream, of another shape, or one that KCL 3 uses.
 */
export async function openLeaseTable(table: DynamoTable, options: OpenTableOptions): Promise<void> {
  const { settings, signal } = options;
  const open = async () => {
    await table.open(signal);
    await takeForStream(table, options);
  };
  await retryTable(open, options);
  // A call that is refused later would leave this process without a lease, or its shards without an end.
  await retryTable(() => allDone(probedActions.map((action) => table.probe(action, signal))), options);
  await refuseKcl3(table, options);
  if (signal.aborted) {
    throw new CheckpointError('not-written', `The table "${settings.table}" was not opened before the stop`);
  }
}

/** Repeats work at the start until it succeeds. Rejects for what only a person can fix. */
export function retryTable<Result>(
  work: () => Promise<Result>,
  { input, settings, ...context }: Pick<OpenTableOptions, 'input' | 'settings' | keyof Context>,
): Promise<Result | undefined> {
  const refuse = (error: unknown): Failure => {
    if (!(error instanceof AwsError)) throw error;
    if (error.isHopeless) throw toStartError(error, toLeaseCall(input, settings));
    return toFailure(error);
  };
  return retry(work, refuse, context);
}

export function toFailure(error: unknown): Failure {
  const message = `The lease table could not be used and is tried again: ${describeError(error)}`;
  return { stage: 'checkpoint', code: 'lease-table', message, cause: error, backoff };
}

const backoff = { baseMs: 500, maxMs: 15_000 };

/** For the explanation of a call that failed. */
export function toLeaseCall(input: InputSettings, { table, endpoint }: LeaseSettings) {
  return {
    action: 'dynamodb:Scan, dynamodb:UpdateItem or another call',
    resource: `table "${table}"`,
    region: regionOf(input),
    rights: leaseActions.join(', '),
    settings: endpoint === undefined ? 'input.checkpoint.table, input.region' : 'input.checkpoint.endpoint',
  };
}

/** Refuses rows of an earlier stream of the same name, or removes them first if the settings say so. */
async function takeForStream(table: DynamoTable, options: OpenTableOptions): Promise<void> {
  const { input, settings, stream, onFault, signal } = options;
  const leases = await table.list(signal);
  try {
    refuseOtherStreams(leases, stream, settings.table);
  } catch (error) {
    const isOld = error instanceof CheckpointError && error.kind === 'stream-recreated';
    if (!isOld || input.onStreamRecreated !== 'reset') throw error;
    const old = leases.filter(({ own }) => own.createdMs !== undefined && own.createdMs !== stream.createdMs);
    for (const lease of old) await table.drop(lease, signal);
    const message =
      'The stream was deleted and created again; its leases are removed from the table, and reading starts at input.startAt';
    onFault({ stage: 'checkpoint', code: 'stream-reset', message });
    refuseOtherStreams(await table.list(signal), stream, settings.table);
  }
}

export function refuseOtherStreams(leases: readonly Lease[], stream: StreamIdentity, table: string): void {
  const alien = leases.find(({ shardId }) => shardId.includes(':'));
  if (alien) {
    const message = `The table "${table}" has leases of several streams, such as "${alien.shardId}", as KCL writes them in its multi-stream mode; give input.checkpoint.table another name`;
    throw new CheckpointError('other-stream', message);
  }
  for (const { own } of leases) {
    if (own.stream === undefined || own.createdMs === undefined) continue;
    checkStream({ arn: own.stream, createdMs: own.createdMs }, stream, `table "${table}"`);
  }
}

/** Twice as long as a living worker of KCL leaves its leases alone. */
const watchShare = 1.5;

/**
 * The leader of KCL 3 assigns leases to workers whose load it knows, and it would fight over every lease that this program takes.
 * Once all workers of KCL 3 have ended, their table can be taken over.
 */
async function refuseKcl3(table: DynamoTable, options: OpenTableOptions): Promise<void> {
  const { settings, clock, signal } = options;
  const list = async () => (await retryTable(() => table.list(signal), options)) ?? [];
  const found = await retryTable(() => table.findKcl3(signal), options);
  if (found === undefined) return;
  const before = await list();
  await clock.sleep(settings.leaseMs * watchShare, signal);
  const alive = writtenSince(before, await list()).find(({ owner }) => owner !== undefined && !isOurs(owner));
  if (!alive) return;
  const message = `Workers of KCL 3 use the table "${settings.table}" (${found}; worker "${alive.owner}" is alive), and share no leases with other programs; stop them and start again, or give input.checkpoint.table another name`;
  throw new CheckpointError('locked', message);
}

const missingClient = {
  path: 'input.checkpoint.type',
  expected: 'the package "@aws-sdk/client-dynamodb" for the value "dynamodb"',
  source: 'node_modules',
  hint: 'it is not installed; npm install @aws-sdk/client-dynamodb, or use a checkpoint of type "file"',
};
