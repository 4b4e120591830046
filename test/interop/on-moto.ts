/** What every case with moto begins and ends with: moto itself, a log group in it, a receiver, and the program beside them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import { type Moto, startMoto } from './moto.js';

const cli = fileURLToPath(new URL('../../plugin/cli.js', import.meta.url));
export const logGroupName = '/aws/vpc/flow-logs';

export interface MotoSite {
  readonly moto: Moto;
  readonly receiver: Receiver;
  /** With the log group in it. */
  readonly logs: CloudWatchLogsClient;
  readonly folder: string;
}

/** Rejects with an `UnavailableError` without moto. */
export async function onMoto(use: (site: MotoSite) => Promise<string>): Promise<string> {
  const moto = await startMoto();
  const folder = await mkdtemp(join(tmpdir(), 'interop-moto-'));
  const receiver = await startReceiver();
  const { endpoint, region, credentials } = moto;
  const logs = new CloudWatchLogsClient({ endpoint, region, credentials });
  try {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    return await use({ moto, receiver, logs, folder });
  } finally {
    logs.destroy();
    await receiver.close();
    await moto.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Into a new log stream. A subscription makes a Kinesis record of a batch. */
export async function putLogs(
  logs: CloudWatchLogsClient,
  logStreamName: string,
  events: readonly { readonly timestamp: number; readonly message: string }[],
  perBatch: number,
): Promise<void> {
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  for (let from = 0; from < events.length; from += perBatch) {
    const logEvents = events.slice(from, from + perBatch);
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>;
}

/** The command line, with moto's credentials. */
export function start({ credentials }: Moto, args: readonly string[]): Started {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, stdout, stderr }));
  return { child, ended };
}
