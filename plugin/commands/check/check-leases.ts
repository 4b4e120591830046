/** Looks at the lease table: whether it can be used, and who reads what. Writes nothing. */
import { CheckpointError } from '../../../src/errors.js';
import type { DynamoTable } from '../../../src/lease/dynamo-table.js';
import { holderOf, isEnded, isOurs, type Lease } from '../../../src/lease/lease.js';
import { readableOf } from '../../../src/lease/plan-leases.js';
import { probedActions } from '../../../src/lease/table-probe.js';
import type { AwsAccess } from '../../../src/pipeline/clients.js';
import { toShardCheckpoint } from '../../../src/pipeline/fleet/lease-position.js';
import {
  createLeaseTable,
  type LeaseSettings,
  refuseOtherStreams,
  toLeaseCall,
} from '../../../src/pipeline/fleet/open-lease-table.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import { count } from '../count.js';
import { attempt, passPermission } from './attempt.js';
import type { CheckResult } from './check-result.js';
import { type CheckpointContext, judgeCheckpoint } from './judge-checkpoint.js';

const name = 'leases';

export interface LeaseCheck extends AwsAccess {
  readonly signal: AbortSignal;
  readonly context: Omit<CheckpointContext, 'startAt'>;
}

export async function* checkLeases(
  input: InputSettings,
  settings: LeaseSettings,
  { context, ...access }: LeaseCheck,
): AsyncGenerator<CheckResult> {
  const { signal } = access;
  const table = await createLeaseTable(input, settings, access);
  try {
    const call = (action: string) => ({
      ...toLeaseCall(input, settings),
      action: `dynamodb:${action}`,
      rights: `dynamodb:${action}`,
    });
    const described = await attempt(name, call('DescribeTable'), () => refusalOf(table.describe(signal)));
    if (described.result) yield described.result;
    else if ('refused' in described.value) yield { name, status: 'fail', message: described.value.refused };
    else if (!described.value.found) yield missing(settings, input);
    if (described.result || !described.value.found) return;
    const listed = await attempt('permission', call('Scan'), () => table.list(signal));
    yield listed.result ?? passPermission('dynamodb:Scan', count(listed.value.length, 'lease'));
    for (const action of probedActions) {
      const tried = await attempt('permission', call(action), () => table.probe(action, signal));
      yield tried.result ?? passPermission(`dynamodb:${action}`, undefined);
    }
    if (!listed.value) return;
    yield* judgeLeases(listed.value, input, settings, context);
    const kcl = await attempt('permission', call('GetItem'), () => table.findKcl3(signal));
    if (kcl.result) yield kcl.result;
    else if (kcl.value !== undefined) yield describeKcl(kcl.value, settings);
  } finally {
    table.close();
  }
}

async function refusalOf(
  description: ReturnType<DynamoTable['describe']>,
): Promise<{ readonly found: boolean } | { readonly found?: undefined; readonly refused: string }> {
  try {
    return { found: (await description) !== undefined };
  } catch (error) {
    if (error instanceof CheckpointError) return { refused: error.message };
    throw error;
  }
}

function* judgeLeases(
  leases: readonly Lease[],
  { startAt }: InputSettings,
  { table }: LeaseSettings,
  context: LeaseCheck['context'],
): Generator<CheckResult> {
  try {
    if (context.stream) refuseOtherStreams(leases, context.stream, table);
  } catch (error) {
    yield { name, status: 'fail', message: (error as Error).message };
    return;
  }
  yield describeReaders(leases, table);
  const shards = new Map(
    leases.filter((lease) => !isEnded(lease)).map((lease) => [lease.shardId, toShardCheckpoint(lease)]),
  );
  const stream = context.stream ?? { arn: '', createdMs: 0 };
  const found = { path: table, content: leases.length === 0 ? undefined : { stream, shards } };
  yield judgeCheckpoint({ ...found, isRecovered: false, isLocked: false }, { ...context, startAt });
}

/** As the rows say: whether the workers live can only be seen by watching them. */
function describeReaders(leases: readonly Lease[], table: string): CheckResult {
  const readers = new Map<string, string[]>();
  // A scan returns rows in no order.
  const sorted = readableOf(leases).toSorted((one, other) => (one.shardId < other.shardId ? -1 : 1));
  for (const lease of sorted) {
    const holder = holderOf(lease) ?? '';
    readers.set(holder, [...(readers.get(holder) ?? []), lease.shardId]);
  }
  const free = readers.get('')?.length ?? 0;
  readers.delete('');
  const parts = [...readers].map(
    ([worker, shardIds]) =>
      `worker "${worker}"${isOurs(worker) ? '' : ' of KCL'} reads ${count(shardIds.length, 'shard')}`,
  );
  if (free > 0 || parts.length === 0) parts.push(`nobody reads ${count(free, 'shard')}`);
  const details = { table, readers: Object.fromEntries(readers), free };
  return { name, status: 'pass', message: `In table "${table}", ${parts.join(', ')}`, details };
}

function missing({ table }: LeaseSettings, { startAt }: InputSettings): CheckResult {
  const message = `Table "${table}" does not exist yet; the first process creates it, and starts at "${startAt}"`;
  return { name, status: 'pass', message, details: { table } };
}

function describeKcl(found: string, { table }: LeaseSettings): CheckResult {
  const message = `KCL 3 uses table "${table}" or has used it (${found}); a start is refused while one of its workers lives`;
  return { name, status: 'warn', message, advice: 'stop all workers of KCL 3 before the start' };
}
