/** Makes calls to a lease table that change nothing, to learn whether they are permitted. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export const probedActions = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'] as const;
export type ProbedAction = (typeof probedActions)[number];

/** No shard has this name. */
const Key = { leaseKey: { S: 'kinesis-snare-check' } };
/** So no write is made. */
const ConditionExpression = 'attribute_exists(leaseKey)';

export function createProbe(sdk: typeof import('@aws-sdk/client-dynamodb'), client: DynamoDBClient, TableName: string) {
  const calls: Readonly<Record<ProbedAction, (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>>> = {
    GetItem: (options) => client.send(new sdk.GetItemCommand({ TableName, Key }), options),
    PutItem: (options) => client.send(new sdk.PutItemCommand({ TableName, Item: Key, ConditionExpression }), options),
    UpdateItem: (options) => client.send(new sdk.UpdateItemCommand({ TableName, Key, ConditionExpression }), options),
    DeleteItem: (options) => client.send(new sdk.DeleteItemCommand({ TableName, Key, ConditionExpression }), options),
  };
  return async (action: ProbedAction, abortSignal: AbortSignal): Promise<void> => {
    try {
      await calls[action]({ abortSignal });
    } catch (error) {
      if (!(error instanceof sdk.ConditionalCheckFailedException)) throw error;
    }
  };
}
