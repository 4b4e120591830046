/**
 * The whole way through moto: `setup` makes the stream and the filter, PutLogEvents fills the log group, the subscription
 * brings it to Kinesis, and `run` to a TCP receiver. As many rows come out as lines went in. With formats that only EC2
 * knows, too.
 */
import { spawn } from 'node:child_process';
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
import { CreateFlowLogsCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { writeManifest } from '../end-to-end/command.js';
import { findMissing, toMessages } from '../end-to-end/flow-logs.js';
import { type Receiver, startReceiver } from '../fakes/receiver.js';
import { type Moto, startMoto } from './moto.js';

const cli = fileURLToPath(new URL('../../plugin/cli.js', import.meta.url));
const logGroupName = '/aws/vpc/flow-logs';
const roleArn = 'arn:aws:iam::123456789012:role/flow-logs-to-kinesis';
const streams = 4;
const perStream = 2500;

/** Resolves with what it counted; rejects when something is missing, or with an `UnavailableError` without moto. */
export async function setUpChain(): Promise<string> {
  return onChain([], async ({ chain, receiver, logs }) => {
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const planned = await chain('setup', '--role-arn', roleArn);
    if (!planned.includes('1. Create stream')) throw new Error(`The plan is not whole: ${planned}`);
    await chain('setup', '--role-arn', roleArn, '--yes');
    for (let stream = 0; stream < streams; stream++) {
      const from = stream * perStream;
      await put(logs, `eni-${stream}-all`, toMessages(`${stream}`, from, from + perStream, nowMs));
    }
    await chain('run', '--once');
    const count = streams * perStream;
    const missing = findMissing(receiver.lines, count).length;
    if (missing > 0 || receiver.lines.length !== count) {
      throw new Error(`Of ${count} flow logs ${missing} are missing, and ${receiver.lines.length} lines came`);
    }
    const again = await chain('setup', '--yes');
    if (!again.includes('by filter "kinesis-snare"')) throw new Error(`A second setup is no match: ${again}`);
    const { status } = JSON.parse(await chain('check', '--json')) as { status: string };
    if (status !== 'pass') throw new Error(`check says "${status}"`);
    return `${count} flow logs put, ${receiver.lines.length} rows received; check passes`;
  });
}

const customFormats = [
  '${version} ${vpc-id} ${srcaddr} ${dstaddr} ${action} ${start} ${end}',
  '${interface-id} ${bytes} ${start} ${end} ${log-status}',
];

/** Two flow logs of their own formats write to one group; nothing but EC2 tells the program of them. */
export async function lookUpFormats(): Promise<string> {
  return onChain('auto', async ({ chain, receiver, logs, moto }) => {
    await createFlowLogs(moto);
    await chain('setup', '--role-arn', roleArn, '--yes');
    const seconds = Math.floor(Date.now() / 1000);
    const lines = Array.from({ length: perStream }, (_, index) => [
      `5 vpc-0a1b2c3d 10.0.0.1 10.0.0.2 ACCEPT ${seconds} ${seconds + 60}`,
      `eni-0a1b2c3d ${index} ${seconds} ${seconds + 60} OK`,
    ]).flat();
    await put(
      logs,
      'eni-1-all',
      lines.map((message) => ({ timestamp: seconds * 1000, message })),
    );
    await chain('run', '--once');
    const rows = receiver.lines.map((line) => JSON.parse(line.split('\t')[3] ?? '') as Record<string, unknown>);
    const parsed = rows.filter(({ TABLE, START }) => TABLE === 'AWSVPCFlowLog' && START !== '-').length;
    const sum = rows.reduce((bytes, { BYTES }) => bytes + (Number(BYTES) || 0), 0);
    if (rows.length !== lines.length || parsed !== lines.length || sum !== (perStream * (perStream - 1)) / 2) {
      throw new Error(`Of ${lines.length} flow logs ${rows.length} came, ${parsed} of them parsed, with ${sum} bytes`);
    }
    return `${lines.length} flow logs of two formats put, ${parsed} rows parsed by what EC2 told`;
  });
}

interface Chain {
  readonly moto: Moto;
  readonly receiver: Receiver;
  readonly logs: CloudWatchLogsClient;
  /** Runs a command on the chain's manifest and resolves with its standard output; rejects when it fails. */
  readonly chain: (command: string, ...args: string[]) => Promise<string>;
}

async function onChain(formats: unknown, use: (chain: Chain) => Promise<string>): Promise<string> {
  const moto = await startMoto();
  const folder = await mkdtemp(join(tmpdir(), 'interop-setup-'));
  const receiver = await startReceiver();
  const { endpoint, region, credentials } = moto;
  const logs = new CloudWatchLogsClient({ endpoint, region, credentials });
  try {
    const input = {
      ...{ stream: 'vpc-flow-logs', region, logGroups: [logGroupName], startAt: 'earliest', formats },
      ...{ endpoint, logsEndpoint: endpoint, ec2Endpoint: endpoint },
    };
    const output = { type: 'tcp', host: receiver.host, port: receiver.port, confirmHoldMs: 100 };
    const manifest = await writeManifest(folder, { input, output });
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    return await use({ moto, receiver, logs, chain: (...args) => run(moto, [...args, '--manifest', manifest]) });
  } finally {
    logs.destroy();
    await receiver.close();
    await moto.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function put(
  logs: CloudWatchLogsClient,
  logStreamName: string,
  events: readonly { readonly timestamp: number; readonly message: string }[],
): Promise<void> {
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  // CloudWatch Logs makes a Kinesis record of a batch.
  for (let from = 0; from < events.length; from += 500) {
    const logEvents = events.slice(from, from + 500);
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
}

async function createFlowLogs({ endpoint, region, credentials }: Moto): Promise<void> {
  const ec2 = new EC2Client({ endpoint, region, credentials });
  const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  for (const [index, LogFormat] of customFormats.entries()) {
    await ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: 'Subnet',
        ResourceIds: [subnets[index]?.SubnetId ?? ''],
        TrafficType: 'ALL',
        LogGroupName: logGroupName,
        DeliverLogsPermissionArn: roleArn,
        LogFormat,
      }),
    );
  }
  ec2.destroy();
}

async function run({ credentials }: Moto, args: readonly string[]): Promise<string> {
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
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}
