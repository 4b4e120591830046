/** A lease as an item of DynamoDB, with the attributes and types of KCL. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { NewLease } from './changes.js';
import type { Lease, LeaseNotes } from './lease.js';

export type Item = Record<string, AttributeValue>;

/** Undefined for an item that is no lease; KCL 3.5 keeps others in the same table. */
export function toLease(item: Item): Lease | undefined {
  const type = item.entityType?.S;
  const shardId = item.leaseKey?.S;
  if ((type !== undefined && type !== 'LEASE') || shardId === undefined) return undefined;
  return {
    shardId,
    owner: item.leaseOwner?.S,
    donor: item.checkpointOwner?.S,
    counter: toNumber(item.leaseCounter) ?? 0,
    checkpoint: item.checkpoint?.S ?? 'TRIM_HORIZON',
    subSequenceNumber: toNumber(item.checkpointSubSequenceNumber) ?? 0,
    switches: toNumber(item.ownerSwitchesSinceCheckpoint) ?? 0,
    parentIds: item.parentShardId?.SS ?? [],
    childIds: item.childShardIds?.SS ?? [],
    own: toNotes(item.snare?.M ?? {}),
  };
}

/** An owner that is absent has no attribute: DynamoDB rejects an empty one, since KCL 3 has an index on it. */
export function toItem(lease: Lease | NewLease): Item {
  const { shardId, checkpoint, parentIds, childIds, own } = lease;
  const { owner, donor, counter = 0, switches = 0, subSequenceNumber = 0 }: Partial<Lease> = lease as Lease;
  return {
    leaseKey: { S: shardId },
    leaseCounter: number(counter),
    checkpoint: { S: checkpoint },
    checkpointSubSequenceNumber: number(subSequenceNumber),
    ownerSwitchesSinceCheckpoint: number(switches),
    snare: fromNotes(own),
    ...(owner !== undefined && { leaseOwner: { S: owner } }),
    ...(donor !== undefined && { checkpointOwner: { S: donor } }),
    ...(parentIds.length > 0 && { parentShardId: { SS: [...parentIds] } }),
    ...(childIds.length > 0 && { childShardIds: { SS: [...childIds] } }),
  };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function fromNotes(own: LeaseNotes): AttributeValue {
  const entries = Object.entries(own).filter(([, value]) => value !== undefined);
  return {
    M: Object.fromEntries(
      entries.map(([name, value]) => [name, typeof value === 'number' ? number(value) : { S: String(value) }]),
    ),
  };
}

function toNotes(map: Item): LeaseNotes {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toNumber(value) ?? value.S]));
}

function toNumber(value: AttributeValue | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}
