/** The changes of an existing row as conditional writes of DynamoDB; `changes.ts` says what they mean. */
import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Change, ChangeArgs } from './changes.js';
import { fromNotes, type Item, number } from './item.js';
import type { Lease } from './lease.js';

export type Update = Pick<
  UpdateItemCommandInput,
  'ConditionExpression' | 'UpdateExpression' | 'ExpressionAttributeValues'
>;

type Updates = {
  readonly [Kind in Exclude<Change, 'create' | 'restore' | 'remove'>]: (args: ChangeArgs[Kind]) => Update;
};

/** While there is a donor, it is the donor who holds the lease. */
const isHeld =
  'leaseCounter = :counter AND (checkpointOwner = :me OR (attribute_not_exists(checkpointOwner) AND leaseOwner = :me))';

export const updates: Updates = {
  take: ({ me, seen }) =>
    update(
      `leaseCounter = :counter AND ${isStill('leaseOwner', ':owner', seen.owner)} AND ${isStill('checkpointOwner', ':donor', seen.donor)}`,
      `SET leaseOwner = :me, leaseCounter = :next${countsSwitch(seen, me) ? `, ${switched}` : ''} REMOVE checkpointOwner`,
      {
        ...toValues(seen.counter, me),
        ...(seen.owner !== undefined && { ':owner': { S: seen.owner } }),
        ...(seen.donor !== undefined && { ':donor': { S: seen.donor } }),
        ...(countsSwitch(seen, me) && switchValues),
      },
    ),
  ask: ({ me, seen }) =>
    update(
      'leaseOwner = :owner AND attribute_not_exists(checkpointOwner) AND checkpoint <> :end',
      'SET checkpointOwner = :owner, leaseOwner = :me',
      { ':owner': { S: seen.owner ?? '' }, ':me': { S: me }, ':end': { S: 'SHARD_END' } },
    ),
  force: ({ me, seen }) =>
    update(
      'leaseOwner = :me AND checkpointOwner = :donor',
      `SET leaseCounter = leaseCounter + :one, ${switched} REMOVE checkpointOwner`,
      { ':me': { S: me }, ':donor': { S: seen.donor ?? '' }, ...switchValues },
    ),
  renew: ({ me, counter }) => update(isHeld, 'SET leaseCounter = :next', toValues(counter, me)),
  save: ({ me, counter, checkpoint, own }) =>
    update(
      isHeld,
      'SET leaseCounter = :next, checkpoint = :checkpoint, checkpointSubSequenceNumber = :zero, ownerSwitchesSinceCheckpoint = :zero, snare = :own REMOVE pendingCheckpoint, pendingCheckpointSubSequenceNumber, pendingCheckpointState',
      {
        ...toValues(counter, me),
        ':checkpoint': { S: checkpoint },
        ':zero': number(0),
        ':own': fromNotes(own),
      },
    ),
  release: ({ me, counter, isDonor }) =>
    update(
      isDonor
        ? 'leaseCounter = :counter AND checkpointOwner = :me'
        : 'leaseCounter = :counter AND attribute_not_exists(checkpointOwner) AND leaseOwner = :me',
      `SET leaseCounter = :next REMOVE ${isDonor ? 'checkpointOwner' : 'leaseOwner'}`,
      toValues(counter, me),
    ),
  link: ({ childIds }) =>
    update('attribute_exists(leaseKey)', 'SET childShardIds = :children', { ':children': { SS: [...childIds] } }),
};

function update(ConditionExpression: string, UpdateExpression: string, values: Item): Update {
  return { ConditionExpression, UpdateExpression, ExpressionAttributeValues: values };
}

function isStill(attribute: string, value: string, seen: string | undefined): string {
  return seen === undefined ? `attribute_not_exists(${attribute})` : `${attribute} = ${value}`;
}

function countsSwitch({ owner }: Lease, me: string): boolean {
  return owner !== undefined && owner !== me;
}

const switched = 'ownerSwitchesSinceCheckpoint = if_not_exists(ownerSwitchesSinceCheckpoint, :none) + :one';
const switchValues: Record<string, AttributeValue> = { ':none': number(0), ':one': number(1) };

function toValues(counter: number, me: string): Item {
  return { ':counter': number(counter), ':next': number(counter + 1), ':me': { S: me } };
}
