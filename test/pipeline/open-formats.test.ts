import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { FlowLogInput, type InputRecord } from '../../plugin/input.js';
import { loadSettings } from '../../plugin/manifest/manifest.js';
import { Plugin } from '../../plugin/plugin.js';
import { systemClock } from '../../src/clock.js';
import { DEFAULT_FORMAT } from '../../src/flow-log/default-formats.js';
import { type ProcessOptions, processRecord } from '../../src/pipeline/process-record.js';
import { PluginEmitter } from '../../src/report/events.js';
import { Counters } from '../../src/report/stats.js';
import { makeFolder, startProgram, writeManifest } from '../end-to-end/command.js';
import { startFakeEc2 } from '../fakes/fake-ec2.js';
import { startFakeKinesis } from '../fakes/fake-kinesis.js';
import { HandClock } from '../fakes/hand-clock.js';
import { customFormat, customLine, documentedLine } from '../fixtures/flow-logs.js';
import { event, payload } from '../fixtures/payloads.js';
import { createListedFormats } from '../flow-log/listed-formats.js';
import { toFakeInput } from '../plugin/fake-input.js';

// The fakes take any; without them the SDK would look for real ones.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'fake', AWS_SECRET_ACCESS_KEY: 'fake' });

const stream = 'flow-logs';
const home = '123456789012';

async function setUp(t: ExecutionContext) {
  const [kinesis, ec2] = await Promise.all([startFakeKinesis({ clock: systemClock }), startFakeEc2()]);
  t.teardown(() => Promise.all([kinesis.stop(), ec2.stop()]));
  kinesis.createStream(stream);
  const put = (logGroup: string, messages: readonly string[], owner = home) => {
    const logEvents = messages.map((message, index) => ({ id: String(index), timestamp: 1_668_722_921_000, message }));
    const payload = { messageType: 'DATA_MESSAGE', owner, logGroup, logStream: 'eni-1-all', logEvents };
    kinesis.put(stream, gzipSync(JSON.stringify(payload)), 'key');
  };
  const config = {
    id: 'kinesis-snare',
    config: {
      input: {
        ...toFakeInput(kinesis, stream, '.'),
        checkpoint: { type: 'memory' },
        formats: 'auto',
        ec2Endpoint: ec2.endpoint,
      },
    },
  };
  const input = new FlowLogInput(config);
  const advice: string[] = [];
  input.on('advice', ({ message }) => advice.push(message));
  return { ec2, put, config, input, advice };
}

async function readRecords(input: FlowLogInput, count: number): Promise<InputRecord[]> {
  const records: InputRecord[] = [];
  for await (const record of input) {
    record.ack();
    records.push(record);
    if (records.length === count) break;
  }
  return records;
}

test('with input.formats "auto", lines are parsed by the formats that EC2 tells of their group, without another setting', async (t) => {
  const { ec2, put, input, advice } = await setUp(t);
  ec2.flowLogs.push({ logGroup: '/custom', format: customFormat }, { logGroup: '/custom', format: '${end} ${bytes}' });
  put('/custom', [customLine, '1668722981 42', documentedLine]);
  put('/default', [documentedLine]);
  const [custom, other] = await readRecords(input, 2);
  t.deepEqual(
    custom?.rows.map(({ TABLE, VERSION, BYTES }) => [TABLE, VERSION, BYTES]),
    [
      ['AWSVPCFlowLog', '11', '-'],
      ['AWSVPCFlowLog', '-', '42'],
      ['AWSVPCFlowLog', '2', '4249'],
    ],
  );
  t.is(other?.rows[0]?.TABLE, 'AWSVPCFlowLog');
  t.deepEqual(advice, []);
  t.deepEqual(ec2.requests, ['log-destination-type=cloud-watch-logs']);
});

test('with input.formats "auto", another account and a missing permission fall back to the default formats and say so', async (t) => {
  const { ec2, put, input, advice } = await setUp(t);
  ec2.refusal = 'UnauthorizedOperation';
  put('/custom', [documentedLine, customLine]);
  put('/foreign', [documentedLine], '999999999999');
  const [record, foreign] = await readRecords(input, 2);
  t.deepEqual(
    record?.rows.map(({ TABLE }) => TABLE),
    ['AWSVPCFlowLog', 'AWSGenericLog'],
  );
  t.is(foreign?.rows[0]?.TABLE, 'AWSVPCFlowLog');
  t.is(advice.length, 2);
  t.regex(advice[0] ?? '', /ec2:DescribeFlowLogs/);
  t.regex(advice[1] ?? '', /999999999999/);
});

test('with input.formats "auto", the direct way to an output waits for the formats of a group too, and is the same afterwards', async (t) => {
  const { ec2, put, config } = await setUp(t);
  // Without the look-up this format would pass for the default one, which has the addresses the other way round.
  const swapped = DEFAULT_FORMAT.text.replace('${srcaddr} ${dstaddr}', '${dstaddr} ${srcaddr}');
  ec2.flowLogs.push({ logGroup: '/custom', format: swapped });
  for (let record = 0; record < 3; record++) put('/custom', [documentedLine, documentedLine]);
  const path = join(await makeFolder(t), 'lines');
  const plugin = new Plugin(
    loadSettings({ ...config, config: { ...config.config, output: { type: 'file', path } } }).settings,
  );
  await plugin.start();
  await plugin.whenCaughtUp(AbortSignal.timeout(20_000));
  t.true(await plugin.stop());
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  t.is(lines.length, 6);
  for (const line of lines) t.regex(line, /"SRCADDR":"122\.31\.17\.69","DSTADDR":"122\.31\.17\.169"/);
});

test('a record that is made again gives the same, whatever was found out about its group in between', async (t) => {
  const clock = new HandClock();
  const found = { formats: [] as string[] };
  const formats = createListedFormats(() => new Map([[payload.logGroup, found.formats]]), clock);
  const process = async (data: Uint8Array) => {
    const record = { shardId: 's', sequenceNumber: '1', data, readMs: 0, arrivalMs: 0, ack: () => {} };
    const caps = { maxRecordBytes: 65_536, maxEventsPerRecord: 10 };
    const options = {
      caps,
      formats,
      unparsed: 'generic',
      clock,
      counters: new Counters(),
      events: new PluginEmitter(),
    };
    const { rows } = await processRecord(record, options as ProcessOptions);
    return Array.from(rows, ({ row }) => row.TABLE);
  };
  const toData = () => Buffer.from(JSON.stringify({ ...payload, logEvents: [{ ...event, message: customLine }] }));
  const [first, second] = [toData(), toData()];
  t.deepEqual(await process(first), ['AWSGenericLog']);
  found.formats = [customFormat];
  await clock.advance(60_000);
  t.deepEqual(await process(second), ['AWSVPCFlowLog']);
  t.deepEqual(await process(first), ['AWSGenericLog']);
});

/** What Node says of a package that is not installed. */
const withoutClient = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(specifier, context, next) {
      if (specifier !== '@aws-sdk/client-ec2') return next(specifier, context);
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    }
  \`));
`;

test('with input.formats "auto" and without the package for it, the start ends with what to install', async (t) => {
  const folder = await makeFolder(t);
  const input = { stream, region: 'us-east-1', formats: 'auto' };
  const manifest = await writeManifest(folder, { input, output: { type: 'stdout' } });
  const cli = fileURLToPath(new URL('../../plugin/cli.js', import.meta.url));
  const hook = `data:text/javascript,${encodeURIComponent(withoutClient)}`;
  const { code, stderr } = await startProgram(t, folder, ['--import', hook, cli, 'run', '-m', manifest]).ended;
  t.is(code, 78, stderr);
  t.regex(stderr, /input\.formats: .*npm install @aws-sdk\/client-ec2/);
});
