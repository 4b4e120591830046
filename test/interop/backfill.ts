/**
 * A backfill from moto's CloudWatch Logs, killed on the way and resumed, to a TCP receiver: what PutLogEvents took is what
 * comes out, once but for what was unconfirmed at the kill.
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
import { writeManifest } from '../end-to-end/command.js';
import { findMissing, toMessages } from '../end-to-end/flow-logs.js';
import { startReceiver } from '../fakes/receiver.js';
import { type Moto, startMoto } from './moto.js';

const cli = fileURLToPath(new URL('../../plugin/cli.js', import.meta.url));
const logGroupName = '/aws/vpc/flow-logs';
const streams = 3;
/** More than a page of FilterLogEvents holds. */
const perStream = 5000;
const count = streams * perStream;

/** Resolves with what it counted; rejects when something is missing, or with an `UnavailableError` without moto. */
export async function backfillFromMoto(): Promise<string> {
  const moto = await startMoto();
  const folder = await mkdtemp(join(tmpdir(), 'interop-backfill-'));
  const receiver = await startReceiver();
  try {
    // Moto, like AWS, takes no events of long ago. Flow logs have whole seconds.
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 24 * 3_600_000;
    await putLogs(moto, startMs);
    const { endpoint, region } = moto;
    const input = { stream: 'none', region, endpoint, logsEndpoint: endpoint, checkpointIntervalMs: 0 };
    const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
    const manifest = await writeManifest(folder, { input, output: { ...output, maxBufferedRecords: 1000 } });
    const times = [startMs, startMs + 23 * 3_600_000].map((ms) => new Date(ms).toISOString());
    const args = ['backfill', '--manifest', manifest, '--log-group', logGroupName];
    const run = () => start(moto, [...args, '--from', `${times[0]}`, '--to', `${times[1]}`]);

    const killed = run();
    // The second page is under way, and the first one is confirmed.
    await receiver.whenLines(count - 1000);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { code, stderr } = await run().ended;
    if (code !== 0) throw new Error(`The backfill ended with ${code}: ${stderr}`);
    const missing = findMissing(receiver.lines, count);
    if (missing.length > 0) throw new Error(`${missing.length} of ${count} flow logs are missing: ${stderr}`);
    return `${count} flow logs, 0 missing, ${receiver.lines.length - count} came twice after a kill`;
  } finally {
    await receiver.close();
    await moto.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function putLogs({ endpoint, region, credentials }: Moto, startMs: number): Promise<void> {
  const client = new CloudWatchLogsClient({ endpoint, region, credentials });
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  for (let stream = 0; stream < streams; stream++) {
    const logStreamName = `eni-${stream}-all`;
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const from = stream * perStream;
    const logEvents = toMessages(`${stream}`, from, from + perStream, startMs);
    await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
  client.destroy();
}

function start({ credentials }: Moto, args: readonly string[]) {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, stderr }));
  return { child, ended };
}
