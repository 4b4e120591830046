/** The lease table of a fleet that is measured. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { forkChild, nextMessage } from './fork-child.js';

const table = 'leases';

export class BenchLeaseTable {
  readonly child: ChildProcess;
  readonly #endpoint: string;

  static async start(): Promise<BenchLeaseTable> {
    const child = forkChild('lease-table-child', []);
    return new BenchLeaseTable(child, await nextMessage<string>(child));
  }

  private constructor(child: ChildProcess, endpoint: string) {
    this.child = child;
    this.#endpoint = endpoint;
  }

  /** The checkpoint of the input of each process. */
  get checkpoint(): object {
    return { type: 'dynamodb', table, endpoint: this.#endpoint };
  }

  /** Resolves once that many processes have an even share of the shards, and none is being handed over. */
  async whenShared(shards: number, processes: number): Promise<void> {
    const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: this.#endpoint, credentials });
    try {
      while (!(await this.#isShared(client, shards, processes))) await sleep(500);
    } finally {
      client.destroy();
    }
  }

  async #isShared(client: DynamoDBClient, shards: number, processes: number): Promise<boolean> {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: table })).catch(() => ({ Items: [] }));
    const counts = new Map<string, number>();
    for (const { leaseOwner, checkpointOwner } of Items) {
      const owner = leaseOwner?.S;
      if (owner !== undefined && !checkpointOwner) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const held = [...counts.values()];
    const most = Math.ceil(shards / processes);
    return (
      held.length === processes && held.reduce((sum, count) => sum + count) === shards && Math.max(...held) <= most
    );
  }
}
