/**
 * An emulated Kinesis on the loopback interface, with the few calls that fill it, for `demo`, `emulator` and tests. It runs in
 * its own process, which ends with this one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListStreamsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CommandError } from '../exit.js';
import { emulatedAccount } from './flow-log-lines.js';

export interface Emulator {
  readonly endpoint: string;
  readonly region: string;
  readonly client: KinesisClient;
  /** Rejects when the process of the emulator ends without `stop`; never resolves. */
  readonly failed: Promise<never>;
  /** Resolves with its ARN when the stream is active. */
  createStream(stream: string, shards: number): Promise<string>;
  /** Puts the records one by one, each into the shard of its key. */
  putRecords(
    stream: string,
    records: readonly { readonly partitionKey: string; readonly data: Uint8Array }[],
  ): Promise<void>;
  stop(): void;
}

const region = 'us-east-1';
const startLimitMs = 60_000;
const mostStarts = 3;

export async function startEmulator(): Promise<Emulator> {
  for (let starts = 1; ; starts++) {
    try {
      return await startOnce();
    } catch (error) {
      // Another program may have taken the port in the meantime.
      if (!(error instanceof EarlyEndError) || starts === mostStarts) throw error;
    }
  }
}

class EarlyEndError extends Error {}

async function startOnce(): Promise<Emulator> {
  const [plainPort, tlsPort] = await Promise.all([freePort(), freePort()]);
  const main = findEmulator();
  const child = spawn(process.execPath, [fileURLToPath(new URL('kinesis-process.js', import.meta.url)), main], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      ...process.env,
      AWS_ACCOUNT_ID: emulatedAccount,
      CREATE_STREAM_DURATION: '10ms',
      KINESIS_MOCK_CERT_PATH: join(dirname(main), 'server.json'),
      KINESIS_MOCK_PLAIN_PORT: String(plainPort),
      KINESIS_MOCK_TLS_PORT: String(tlsPort),
      LOG_LEVEL: 'ERROR',
      SHARD_LIMIT: '10000',
      SHOULD_PERSIST_DATA: 'false',
    },
  });
  const endpoint = `http://127.0.0.1:${plainPort}`;
  const client = new KinesisClient({
    region,
    endpoint,
    credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
    requestHandler: new NodeHttpHandler({ requestTimeout: 10_000 }),
  });
  let isStopped = false;
  const failed = once(child, 'exit').then(() =>
    isStopped ? new Promise<never>(() => {}) : Promise.reject(new CommandError('The emulated Kinesis has ended')),
  );
  failed.catch(() => {});
  const stop = () => {
    isStopped = true;
    client.destroy();
    child.kill('SIGKILL');
  };
  try {
    await untilUp(client, child);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    endpoint,
    region,
    client,
    failed,
    stop,
    async createStream(stream, shards) {
      await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }));
      for (;;) {
        const { StreamDescriptionSummary: summary } = await client.send(
          new DescribeStreamSummaryCommand({ StreamName: stream }),
        );
        if (summary?.StreamStatus === 'ACTIVE') return summary.StreamARN ?? '';
        await delay(30);
      }
    },
    async putRecords(stream, records) {
      for (const { partitionKey, data } of records) {
        await client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: partitionKey, Data: data }));
      }
    },
  };
}

function findEmulator(): string {
  try {
    return createRequire(import.meta.url).resolve('kinesis-local');
  } catch (cause) {
    const message =
      'The emulated Kinesis requires the package "kinesis-local": run "npm install kinesis-local", or run this command in a clone after "npm ci"';
    throw new CommandError(message, { cause });
  }
}

async function untilUp(client: KinesisClient, child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit').then(() => {
    throw new EarlyEndError('The emulated Kinesis ended before it was ready');
  });
  exited.catch(() => {});
  const startedMs = performance.now();
  for (;;) {
    try {
      await Promise.race([client.send(new ListStreamsCommand({})), exited]);
      return;
    } catch (error) {
      if (error instanceof EarlyEndError || performance.now() - startedMs > startLimitMs) throw error;
      await delay(200);
    }
  }
}

/** A port that was free a moment ago. The emulator cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('The system gave no port');
  return address.port;
}
