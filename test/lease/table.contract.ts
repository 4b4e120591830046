/** What a lease table in DynamoDB has to do: on random rows, each of its conditional writes is compared with the pure rules. */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../src/clock.js';
import { type Change, changes } from '../../src/lease/changes.js';
import { createDynamoTable } from '../../src/lease/dynamo-table.js';
import { toItem } from '../../src/lease/item.js';
import type { Lease } from '../../src/lease/lease.js';
import type { ChangeResult } from '../../src/lease/table.js';
import { probedActions } from '../../src/lease/table-probe.js';
import type { Dynalite } from '../fakes/dynalite.js';
import { createRandom, seed } from '../fixtures/random.js';

const kinds = Object.keys(changes) as Change[];
const workers = ['one~00000001', 'two~00000002', 'three~00000003'];

export interface Conformance {
  /** By kind of change: how many were made, and how many refused. */
  readonly made: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * Rejects at the first difference.
 *
 * @param leastRuns more follow, up to ten times as many, until each kind was made and refused
 */
export async function checkConformance(client: Dynalite['client'], leastRuns: number): Promise<Conformance> {
  const random = createRandom(seed);
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const name = `conformance-${seed}`;
  const table = await createDynamoTable({ name, client, requestTimeoutMs: 10_000, clock: systemClock });
  assert.ok(table);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  await table.open(signal);
  for (const action of probedActions) await table.probe(action, signal);
  assert.deepEqual(await table.list(signal), [], 'a probe writes nothing');
  const raw = new DynamoDBClient(client);
  const made: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const isMissing = (kind: Change) => !made[kind] || !refused[kind];
  for (let run = 0; run < leastRuns || (run < 10 * leastRuns && kinds.some(isMissing)); run++) {
    const shardId = `shard-${run}`;
    // Some changes are refused only where there is no row.
    const row = random() < 0.2 ? undefined : randomLease(shardId, pick);
    if (row) await raw.send(new PutItemCommand({ TableName: name, Item: toItem(row) }));
    const kind = pick(run < leastRuns ? kinds : kinds.filter(isMissing));
    const known = row ?? randomLease(shardId, pick);
    const other = randomLease(shardId, pick);
    const seen = random() < 0.7 ? known : other;
    const isPossible = (kind !== 'ask' || seen.owner) && (kind !== 'force' || seen.donor);
    if (!isPossible) continue;
    const args = {
      me: pick(workers),
      seen,
      lease: other,
      counter: pick([known.counter, known.counter, other.counter]),
      checkpoint: '1002',
      own: { startMs: 5, arrivalMs: 9, of: '1002', stream: 'arn' },
      childIds: ['x', 'y'],
      isDonor: random() < 0.5,
    };
    const rules = changes[kind];
    const isAllowed = rules.allows(row, args);
    const after = isAllowed ? rules.after(row as Lease, args) : row;
    const result: ChangeResult = await table.change(kind, shardId, args, signal);
    const what = `FUZZ_SEED=${seed}: ${kind} of ${JSON.stringify(row)} with ${JSON.stringify(args)}`;
    assert.equal(result.isDone, isAllowed, what);
    assert.deepEqual(comparable(result.row), comparable(after), what);
    const listed: Lease | undefined = (await table.list(signal)).find((lease) => lease.shardId === shardId);
    assert.deepEqual(comparable(listed), comparable(after), what);
    await table.change('remove', shardId, {}, signal);
    const counts = isAllowed ? made : refused;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  raw.destroy();
  table.close();
  return { made, refused };
}

function randomLease(shardId: string, pick: <Item>(items: readonly Item[]) => Item): Lease {
  return {
    shardId,
    owner: pick([undefined, ...workers]),
    donor: pick([undefined, undefined, ...workers]),
    counter: pick([1, 2, 3]),
    checkpoint: pick(['TRIM_HORIZON', 'AT_TIMESTAMP', '1000', 'SHARD_END']),
    subSequenceNumber: 0,
    switches: pick([0, 2]),
    parentIds: pick([[], ['p'], ['p', 'q']]),
    childIds: [],
    own: pick([{}, { startMs: 5, createdMs: 3, stream: 'arn' }]),
  };
}

/** Sets have no order, and what is undefined has no attribute. */
function comparable(lease: Lease | undefined): unknown {
  if (!lease) return undefined;
  const { parentIds, childIds } = lease;
  return JSON.parse(JSON.stringify({ ...lease, parentIds: [...parentIds].sort(), childIds: [...childIds].sort() }));
}
