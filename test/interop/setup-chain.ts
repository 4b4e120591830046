/**
 * The whole way through moto: `setup` makes the stream and the filter, PutLogEvents fills the log group, the subscription
 * brings it to Kinesis, and `run` to a TCP receiver. As many rows come out as lines went in. With a stack of CloudFormation in
 * place of `setup`, and with formats that only EC2 knows, too.
 */
import { CreateFlowLogsCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { writeManifest } from '../end-to-end/command.js';
import { findMissing, toMessages } from '../end-to-end/flow-logs.js';
import { createStack } from './create-stack.js';
import type { Moto } from './moto.js';
import { logGroupName, type MotoSite, onMoto, putLogs, start } from './on-moto.js';

const roleArn = 'arn:aws:iam::123456789012:role/flow-logs-to-kinesis';
const streams = 4;
const perStream = 2500;
const perBatch = 500;

/** Resolves with what it counted; rejects when something is missing, or with an `UnavailableError` without moto. */
export async function setUpChain(): Promise<string> {
  return onChain([], async (site) => {
    const planned = await site.chain('setup', '--role-arn', roleArn);
    if (!planned.includes('1. Create stream')) throw new Error(`The plan is not whole: ${planned}`);
    await site.chain('setup', '--role-arn', roleArn, '--yes');
    return deliverAndCheck(site);
  });
}

/** The same with the stack that `setup --print` writes in place of `setup`. */
export async function createPrintedStack(): Promise<string> {
  return onChain([], async (site) => {
    const template = await site.chain('setup', '--print', 'cloudformation');
    const resources = await createStack(site.moto, site.logs, template);
    return `${await deliverAndCheck(site)}; created ${resources.join(', ')}`;
  });
}

async function deliverAndCheck({ chain, receiver, logs }: Chain): Promise<string> {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  for (let stream = 0; stream < streams; stream++) {
    const from = stream * perStream;
    await putLogs(logs, `eni-${stream}-all`, toMessages(`${stream}`, from, from + perStream, nowMs), perBatch);
  }
  await chain('run', '--once');
  const count = streams * perStream;
  const missing = findMissing(receiver.lines, count).length;
  if (missing > 0 || receiver.lines.length !== count) {
    throw new Error(`Of ${count} flow logs ${missing} are missing, and ${receiver.lines.length} lines came`);
  }
  const again = await chain('setup', '--yes');
  if (!again.includes('with filter "kinesis-snare"')) throw new Error(`A second setup does not match: ${again}`);
  const { status } = JSON.parse(await chain('check', '--json')) as { status: string };
  if (status !== 'pass') throw new Error(`check says "${status}"`);
  return `${count} flow logs put, ${receiver.lines.length} rows received; check passes`;
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
    const events = lines.map((message) => ({ timestamp: seconds * 1000, message }));
    await putLogs(logs, 'eni-1-all', events, perBatch);
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

interface Chain extends MotoSite {
  /** Runs a command on the chain's manifest and resolves with its standard output; rejects when it fails. */
  readonly chain: (command: string, ...args: string[]) => Promise<string>;
}

function onChain(formats: unknown, use: (chain: Chain) => Promise<string>): Promise<string> {
  return onMoto(async (site) => {
    const { moto, receiver, folder } = site;
    const { endpoint, region } = moto;
    const input = {
      ...{ stream: 'vpc-flow-logs', region, logGroups: [logGroupName], startAt: 'earliest', formats },
      ...{ endpoint, logsEndpoint: endpoint, ec2Endpoint: endpoint },
    };
    const output = { type: 'tcp', host: receiver.host, port: receiver.port, confirmHoldMs: 100 };
    const manifest = await writeManifest(folder, { input, output });
    return use({ ...site, chain: (...args) => run(moto, [...args, '--manifest', manifest]) });
  });
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

async function run(moto: Moto, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await start(moto, args).ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}
