/** What `run` loads. A user who does not share a stream does not pay for it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startDynalite } from '../fakes/dynalite.js';
import { type FakeKinesis, startFakeKinesis } from '../fakes/fake-kinesis.js';
import { startReceiver } from '../fakes/receiver.js';
import { environment, makeFolder, start, writeManifest } from './command.js';
import { toRecord } from './flow-logs.js';

const stream = 'flow-logs';

/** The addresses of all modules, which Node writes down with the coverage. */
async function runOnce(t: ExecutionContext, kinesis: FakeKinesis, checkpoint: object): Promise<readonly string[]> {
  const receiver = await startReceiver();
  t.teardown(() => receiver.close());
  const folder = await makeFolder(t);
  const { endpoint, region } = kinesis;
  const input = { stream, endpoint, region, startAt: 'earliest', idleDelayMs: 300, checkpoint };
  const output = { type: 'tcp', host: receiver.host, port: receiver.port, confirmHoldMs: 100 };
  const manifest = await writeManifest(folder, { input, output });
  const coverage = join(folder, 'coverage');
  const env = { ...environment, NODE_V8_COVERAGE: coverage };
  const { code, stderr } = await start(t, folder, ['run', '--once', '--manifest', manifest], env).ended;
  t.is(code, 0, stderr);
  t.is(receiver.lines.length, 10);
  const files = await Promise.all((await readdir(coverage)).map((name) => readFile(join(coverage, name), 'utf8')));
  return files.flatMap((file) => (JSON.parse(file) as { result: { url: string }[] }).result.map(({ url }) => url));
}

test('with a checkpoint file, run loads neither the client of DynamoDB nor the code of a fleet', async (t) => {
  const [kinesis, dynalite] = await Promise.all([startFakeKinesis({ clock: Date }), startDynalite()]);
  t.teardown(() => Promise.all([kinesis.stop(), dynalite.stop()]));
  kinesis.createStream(stream, { shards: 1 });
  const { partitionKey, data } = toRecord('a', 0, 10);
  kinesis.put(stream, data, partitionKey);
  const ofFleet = [/\/node_modules\/@aws-sdk\/client-dynamodb\//, /\/src\/lease\//, /\/src\/pipeline\/fleet\//];
  const isLoaded = (urls: readonly string[]) => ofFleet.map((part) => urls.some((url) => part.test(url)));
  const withFile = await runOnce(t, kinesis, { type: 'file' });
  t.true(withFile.some((url) => url.includes('/node_modules/@aws-sdk/client-kinesis/')));
  t.deepEqual(isLoaded(withFile), [false, false, false]);
  const withTable = await runOnce(t, kinesis, { type: 'dynamodb', table: 'leases', endpoint: dynalite.endpoint });
  t.deepEqual(isLoaded(withTable), [true, true, true]);
});
