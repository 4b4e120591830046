/** The steps that call AWS, from the credentials to a sample of the stream. Each step requires the ones before it. */
import type { AwsTime } from '../../../src/aws/aws-clock.js';
import type { AwsCall } from '../../../src/aws/explain.js';
import type { AwsWatch } from '../../../src/aws/watch.js';
import { createStreamAdmin, type StreamAdmin, type StreamSummary } from '../../../src/kinesis/stream-admin.js';
import { isLoopback } from '../../../src/loopback.js';
import { createApi, createCredentials, regionOf } from '../../../src/pipeline/clients.js';
import { createLogGroupFilter } from '../../../src/pipeline/log-group-filter.js';
import { isAuto } from '../../../src/pipeline/open-formats.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import { count } from '../count.js';
import { toStreamCall } from '../stream-call.js';
import { attempt, fail, passPermission } from './attempt.js';
import { checkFormats } from './check-formats.js';
import { checkLogGroups } from './check-log-groups.js';
import type { CheckResult } from './check-result.js';
import { decodeSample } from './decode-sample.js';
import { judgeSample } from './judge-sample.js';
import { judgeConsumer, judgeStream } from './judge-stream.js';
import { type ReadAction, readSample, type Sample } from './read-sample.js';

export interface CheckWiring {
  readonly clock: AwsTime;
  readonly watch: AwsWatch;
  readonly signal: AbortSignal;
  /** Called when the stream is known. */
  readonly onStream: (summary: StreamSummary) => void;
}

export async function* checkInput(input: InputSettings, wiring: CheckWiring): AsyncGenerator<CheckResult> {
  const { stream, region, endpoint, proxy } = input;
  const { watch } = wiring;
  const credentials = await createCredentials(input, wiring);
  const admin = createStreamAdmin({ stream, region, endpoint, proxy, credentials, watch });
  try {
    const found = await attempt('credentials', toStreamCall(input, regionOf(input), 'sts:AssumeRole'), async () => ({
      region: await admin.region(),
      ...(await admin.identity(wiring.signal)),
    }));
    yield found.result ?? passCredentials(input, found.value);
    if (!found.value) return;
    const call = toStreamCall(input, found.value.region, 'kinesis:DescribeStreamSummary');
    const described = await attempt('stream', call, () => admin.describe(wiring.signal));
    if (described.result) yield described.result;
    else if (!described.value) yield missingStream(input, found.value.region);
    if (!described.value) return;
    yield judgeStream(stream, described.value);
    yield* checkConsumer(input, found.value.region, described.value, { admin, signal: wiring.signal });
    wiring.onStream(described.value);
    yield* checkReading(input, found.value.region, described.value, wiring);
  } finally {
    admin.close();
  }
}

/** Nothing for a stream that is polled. */
async function* checkConsumer(
  input: InputSettings,
  region: string,
  { arn }: StreamSummary,
  { admin, signal }: { readonly admin: StreamAdmin; readonly signal: AbortSignal },
): AsyncGenerator<CheckResult> {
  if (!input.fanOut) return;
  const { consumer } = input.fanOut;
  const action = 'kinesis:DescribeStreamConsumer';
  const call = { ...toStreamCall(input, region, action), rights: action };
  const found = await attempt('consumer', call, () => admin.describeConsumer(arn, consumer, signal));
  yield found.result ?? judgeConsumer(consumer, found.value);
}

async function* checkReading(
  input: InputSettings,
  region: string,
  { arn }: StreamSummary,
  wiring: CheckWiring,
): AsyncGenerator<CheckResult> {
  const { clock, signal } = wiring;
  const api = await createApi(input, wiring);
  try {
    const listed = await attempt('permission', toStreamCall(input, region, 'kinesis:ListShards'), () =>
      api.listShards(signal),
    );
    yield listed.result ?? passPermission('kinesis:ListShards', count(listed.value.length, 'shard'));
    const sample = await readSample(api, listed.value ?? [], { nowMs: clock.nowAtLeast(), clock, signal });
    const actions = listed.value ? (['kinesis:GetShardIterator', 'kinesis:GetRecords'] as const) : [];
    for (const action of actions) yield* judgeAction(action, sample, toStreamCall(input, region, action));
    const decoded = await decodeSample(sample.records, input);
    const lines = decoded.flatMap(({ envelopes }) => envelopes);
    const seen = new Set(lines.map(({ logGroup }) => logGroup));
    yield* checkLogGroups(input, region, { streamArn: arn, seen }, wiring);
    const formats = await checkFormats(input, lines, arn, wiring);
    if (formats.result) yield formats.result;
    if (sample.faults.size > 0 || !listed.value) return;
    const nowMs = clock.now();
    if (!input.fanOut) yield judgeReads(sample, input);
    const collected = { atMs: nowMs, offsetMinutes: clock.offsetMinutes(nowMs) };
    const filter = createLogGroupFilter(input, () => {});
    const { throttled } = sample;
    yield* judgeSample(decoded, { formats: formats.source, mayLookUp: mayLookUp(input), collected, filter, throttled });
  } finally {
    api.close();
  }
}

/** An emulator on this machine has no EC2. */
function mayLookUp(input: InputSettings): boolean {
  const { endpoint, ec2Endpoint } = input;
  const isEmulated = endpoint !== undefined && ec2Endpoint === undefined && isLoopback(new URL(endpoint).hostname);
  return !isAuto(input) && !isEmulated;
}

function* judgeAction(action: ReadAction, { faults, records }: Sample, call: AwsCall): Generator<CheckResult> {
  const fault = faults.get(action);
  if (fault) yield fail('permission', fault, call);
  else if (faults.size === 0) {
    yield passPermission(action, action === 'kinesis:GetRecords' ? count(records.length, 'record') : undefined);
  }
}

/** AWS cannot list the other readers of a stream. But if AWS throttles so few reads, there are others. */
function judgeReads({ reads, throttled, shards, openShards }: Sample, { idleDelayMs }: InputSettings): CheckResult {
  const name = 'reads';
  const own = Math.round((1000 / idleDelayMs) * 10) / 10;
  const some = shards < openShards ? ` of ${shards} of the ${openShards} shards` : '';
  const details = { reads, throttled, ownReadsPerSecond: own };
  if (throttled === 0) {
    const message = `AWS throttled none of ${count(reads, 'call')}${some}. A shard allows 5 reads a second for all its readers; this program makes ${own}`;
    return { name, status: 'pass', message, details };
  }
  const message = `AWS throttled ${throttled} of ${count(reads, 'call')}${some}: other readers use up the 5 reads a second of a shard`;
  const advice = 'register the other readers for enhanced fan-out, or make them read less often';
  return { name, status: 'warn', message, advice, details };
}

function passCredentials(
  { assumeRole }: InputSettings,
  found: { readonly accessKeyId: string; readonly region: string } | undefined,
): CheckResult {
  const role = assumeRole ? `, role "${assumeRole.arn}"` : '';
  const message = `Access key ending in "${found?.accessKeyId.slice(-4)}"${role}, region "${found?.region}"`;
  return { name: 'credentials', status: 'pass', message, details: { region: found?.region, role: assumeRole?.arn } };
}

function missingStream({ stream }: InputSettings, region: string): CheckResult {
  const message = `Stream "${stream}" does not exist in region "${region}"`;
  const advice =
    'check input.stream, input.region and the account of the credentials, or create it with npx kinesis-snare setup';
  return { name: 'stream', status: 'fail', message, advice };
}
