/** A backfill of one log group in an hour, from a CloudWatch Logs over HTTP to a real TCP receiver. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { startFakeCloudWatchLogs } from '../fakes/fake-cloudwatch-logs.js';
import { startReceiver } from '../fakes/receiver.js';
import { makeFolder, writeManifest } from './command.js';

export const logGroup = '/aws/vpc/flow-logs';
export const backfillFrom = '2023-11-14T22:13:20Z';
export const backfillTo = '2023-11-14T23:13:20Z';

export async function setUpBackfill(t: ExecutionContext, clock: { now(): number } = Date) {
  const logs = await startFakeCloudWatchLogs({ clock });
  logs.createLogGroup(logGroup);
  const receiver = await startReceiver();
  const folder = await makeFolder(t);
  t.teardown(async () => {
    await receiver.close();
    await logs.stop();
  });
  const input = { stream: 'flow-logs', region: logs.region, logsEndpoint: logs.endpoint, checkpointIntervalMs: 0 };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, rotateMs: 100, confirmHoldMs: 50 };
  const manifest = await writeManifest(folder, { input, output });
  const toArgs = (...more: string[]) => ['backfill', '--manifest', manifest, '--log-group', logGroup, ...more];
  const args = toArgs('--from', backfillFrom, '--to', backfillTo);
  return { logs, receiver, folder, manifest, toArgs, args, input, output };
}

/** Events that are confirmed according to the file of the place; 0 while there is none. */
export async function readConfirmed(folder: string): Promise<number> {
  const name = (await readdir(folder)).find((file) => /\.backfill-\w+\.json$/.test(file));
  return name === undefined ? 0 : JSON.parse(await readFile(join(folder, name), 'utf8')).events;
}
