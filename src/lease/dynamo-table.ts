/**
 * The lease table in DynamoDB: each change as one conditional write. The DynamoDB client is an optional package, loaded only when
 * needed.
 */
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { createCall } from '../aws/call.js';
import { type ClientOptions, toClientConfig } from '../aws/client.js';
import { AwsError, toAwsError } from '../aws/error.js';
import { readPages } from '../aws/pages.js';
import { requireFields, requireRequestId } from '../aws/response.js';
import { watchCalls } from '../aws/watch-calls.js';
import type { Clock } from '../clock.js';
import { CheckpointError } from '../errors.js';
import { changes } from './changes.js';
import { type Item, number, toItem, toLease } from './item.js';
import { isOurs, type Lease } from './lease.js';
import type { ChangeResult, LeaseTable } from './table.js';
import { createProbe, type ProbedAction } from './table-probe.js';
import { updates } from './writes.js';

export interface DynamoTableOptions {
  readonly name: string;
  readonly client: ClientOptions;
  /** Longest wait for a response. */
  readonly requestTimeoutMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
}

export interface DynamoTable extends LeaseTable {
  /** Undefined if the table does not exist. Rejects with a `CheckpointError` for a table of another shape. */
  describe(signal: AbortSignal): Promise<TableSummary | undefined>;
  create(signal: AbortSignal): Promise<void>;
  /** Makes a call of this kind that changes nothing. Rejects if it is not permitted. */
  probe(action: ProbedAction, signal: AbortSignal): Promise<void>;
  /** Removes the row, whatever its checkpoint is. Resolves with false if somebody has written it since. */
  drop(lease: Lease, signal: AbortSignal): Promise<boolean>;
  /** What shows that workers of KCL 3 use the table, or have used it. */
  findKcl3(signal: AbortSignal): Promise<string | undefined>;
}

export interface TableSummary {
  readonly arn: string;
  /** Such as `CREATING` or `ACTIVE`. */
  readonly status: string;
  /** KCL 3 adds an index. */
  readonly hasKclIndex: boolean;
}

const pollMs = 500;

/** Resolves with undefined when the package is not installed. */
export async function createDynamoTable(options: DynamoTableOptions): Promise<DynamoTable | undefined> {
  const sdk = await importClient();
  if (!sdk) return undefined;
  const { name: TableName, clock } = options;
  // The keeper decides when to repeat an attempt.
  const config = { ...toClientConfig(options.client, options.requestTimeoutMs), maxAttempts: 1 };
  const client = watchCalls(new sdk.DynamoDBClient(config), options.client.watch);
  const call = createCall(client, (error) => toAwsError(error, kinds));
  const probe = createProbe(sdk, client, TableName);
  let foreignType: string | undefined;

  const get = (shardId: string, abortSignal: AbortSignal) =>
    call(async () => {
      const Key = { leaseKey: { S: shardId } };
      const request = new sdk.GetItemCommand({ TableName, Key, ConsistentRead: true });
      const output = await client.send(request, { abortSignal });
      requireRequestId(output);
      return output.Item && toLease(output.Item);
    }, abortSignal);

  /** @param write resolves with the item after the write, or with undefined if it knows none */
  const attempt = (shardId: string, write: () => Promise<Lease | undefined>, signal: AbortSignal) =>
    call(async (): Promise<ChangeResult | 'refused'> => {
      try {
        return { isDone: true, row: await write() };
      } catch (error) {
        if (!(error instanceof sdk.ConditionalCheckFailedException)) throw error;
        // AWS returns the item with the refusal; emulators may not, and nothing is returned if there is no item.
        return error.Item ? { isDone: false, row: toLease(error.Item) } : 'refused';
      }
    }, signal).then(async (result) =>
      result === 'refused' ? { isDone: false, row: await get(shardId, signal) } : result,
    );

  const put = (lease: Lease, abortSignal: AbortSignal) =>
    attempt(
      lease.shardId,
      async () => {
        const ConditionExpression = 'attribute_not_exists(leaseKey)';
        const request = new sdk.PutItemCommand({ TableName, Item: toItem(lease), ConditionExpression });
        requireRequestId(await client.send(request, { abortSignal }));
        return lease;
      },
      abortSignal,
    );

  const remove = (shardId: string, condition: string, values: Item, abortSignal: AbortSignal) =>
    attempt(
      shardId,
      async () => {
        const request = new sdk.DeleteItemCommand({
          TableName,
          Key: { leaseKey: { S: shardId } },
          ConditionExpression: `attribute_not_exists(leaseKey) OR ${condition}`,
          ExpressionAttributeValues: values,
        });
        requireRequestId(await client.send(request, { abortSignal }));
        return undefined;
      },
      abortSignal,
    );

  const table: DynamoTable = {
    async open(signal) {
      let found = await table.describe(signal);
      if (!found) await table.create(signal);
      while (found?.status !== 'ACTIVE' && found?.status !== 'UPDATING' && !signal.aborted) {
        found = await table.describe(signal);
        if (found?.status !== 'ACTIVE') await clock.sleep(pollMs, signal);
      }
    },

    async describe(abortSignal) {
      try {
        return await call(async () => {
          const output = await client.send(new sdk.DescribeTableCommand({ TableName }), { abortSignal });
          const wanted = { TableArn: 'text', TableStatus: 'text', KeySchema: 'list' } as const;
          const description = requireFields(output, output.Table, wanted);
          checkShape(TableName, description);
          const indexes = description.GlobalSecondaryIndexes ?? [];
          const hasKclIndex = indexes.some(({ IndexName }) => IndexName === kclIndex);
          return { arn: description.TableArn, status: description.TableStatus, hasKclIndex };
        }, abortSignal);
      } catch (error) {
        const { cause } = error as AwsError;
        if (cause instanceof CheckpointError) throw cause;
        if (error instanceof AwsError && error.kind === 'not-found') return undefined;
        throw error;
      }
    },

    create: (abortSignal) =>
      call(async () => {
        const request = new sdk.CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: hashKey, KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: hashKey, AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        });
        try {
          requireRequestId(await client.send(request, { abortSignal }));
        } catch (error) {
          // Another worker was faster.
          if (!(error instanceof sdk.ResourceInUseException)) throw error;
        }
      }, abortSignal),

    list: (abortSignal) =>
      call(async () => {
        const leases: Lease[] = [];
        const ask = (token: string | undefined) => {
          const start = token === undefined ? {} : { ExclusiveStartKey: JSON.parse(token) as Item };
          const request = new sdk.ScanCommand({ TableName, ConsistentRead: true, ...start });
          return client.send(request, { abortSignal });
        };
        const tokenOf = ({ LastEvaluatedKey: key }: { LastEvaluatedKey?: Item | undefined }) =>
          key && JSON.stringify(key);
        for await (const page of readPages('Scan', ask, tokenOf)) {
          for (const item of requireFields(page, page, { Items: 'list' }).Items) {
            const lease = toLease(item);
            if (lease) leases.push(lease);
            else foreignType ??= item.entityType?.S;
          }
        }
        return leases;
      }, abortSignal),

    async change(kind, shardId, args, abortSignal) {
      if (kind === 'remove') return remove(shardId, 'checkpoint = :end', { ':end': { S: 'SHARD_END' } }, abortSignal);
      if (kind === 'create' || kind === 'restore') {
        const lease = changes[kind].after(undefined as never, args);
        return put(lease as Lease, abortSignal);
      }
      const request = new sdk.UpdateItemCommand({
        TableName,
        Key: { leaseKey: { S: shardId } },
        ...updates[kind as keyof typeof updates](args as never),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      const write = async () => {
        const output = await client.send(request, { abortSignal });
        return toLease(requireFields(output, output, { Attributes: 'object' }).Attributes);
      };
      return attempt(shardId, write, abortSignal);
    },

    async drop({ shardId, counter }, signal) {
      return (await remove(shardId, 'leaseCounter = :counter', { ':counter': number(counter) }, signal)).isDone;
    },

    probe: (action, abortSignal) => call(() => probe(action, abortSignal), abortSignal),

    async findKcl3(signal) {
      const leases = await table.list(signal);
      if (foreignType !== undefined) return `rows of the type "${foreignType}"`;
      const donor = leases.find((lease) => lease.donor !== undefined && !isOurs(lease.donor))?.donor;
      if (donor !== undefined) return `a hand-over of worker "${donor}"`;
      if (!(await table.describe(signal))?.hasKclIndex) return undefined;
      const version = await readKclVersion(signal);
      return version === undefined || version === oldKcl ? undefined : `the version ${version}`;
    },

    close: () => client.destroy(),
  };

  /** What KCL 3 keeps beside the lease table; undefined if it has not been there. */
  const readKclVersion = (abortSignal: AbortSignal) =>
    call(async () => {
      const Key = { key: { S: 'Migration3.0' } };
      const request = new sdk.GetItemCommand({ TableName: `${TableName}-CoordinatorState`, Key, ConsistentRead: true });
      try {
        return (await client.send(request, { abortSignal })).Item?.cv?.S;
      } catch (error) {
        if (error instanceof sdk.ResourceNotFoundException) return undefined;
        throw error;
      }
    }, abortSignal);

  return table;
}

const hashKey = 'leaseKey';
const kclIndex = 'LeaseOwnerToLeaseKeyIndex';
/** KCL 3 behaves as KCL 2 does until an operator starts its migration. */
const oldKcl = 'CLIENT_VERSION_2X';

/** Besides the kinds that all services have. */
const kinds = {
  RequestLimitExceeded: 'throttled',
  ResourceInUseException: 'transient',
  TransactionConflictException: 'transient',
} as const;

function checkShape(name: string, { KeySchema = [], AttributeDefinitions = [] }: TableDescription): void {
  const keys = KeySchema.map(({ AttributeName, KeyType }) => {
    const type = AttributeDefinitions.find((attribute) => attribute.AttributeName === AttributeName)?.AttributeType;
    return `${AttributeName} (${KeyType}, ${type})`;
  });
  if (keys.length === 1 && keys[0] === `${hashKey} (HASH, S)`) return;
  const message = `The table "${name}" is not a lease table: expected the key leaseKey (HASH, S), got ${keys.join(', ')}; give input.checkpoint.table another name`;
  throw new CheckpointError('unreadable', message);
}

async function importClient(): Promise<typeof import('@aws-sdk/client-dynamodb') | undefined> {
  try {
    return await import('@aws-sdk/client-dynamodb');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
