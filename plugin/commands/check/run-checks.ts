/** Runs all steps of a check in order and yields each result as soon as it is known. Leaves no file and moves no checkpoint. */
import { AwsClock } from '../../../src/aws/aws-clock.js';
import { AwsWatch } from '../../../src/aws/watch.js';
import type { Clock } from '../../../src/clock.js';
import { describeError } from '../../../src/faults.js';
import type { StreamSummary } from '../../../src/kinesis/stream-admin.js';
import { describePlain, noteEndpoints } from '../../../src/pipeline/clients.js';
import type { InputSettings } from '../../../src/settings/settings.js';
import { checkCheckpoint } from './check-checkpoint.js';
import { checkFolders } from './check-folders.js';
import { checkInput } from './check-input.js';
import { checkManifest } from './check-manifest.js';
import { checkReceiver } from './check-receiver.js';
import type { CheckResult } from './check-result.js';
import type { CheckpointContext } from './judge-checkpoint.js';
import { judgeClock } from './judge-clock.js';
import { judgeContainer } from './judge-container.js';

export interface RunChecksOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function* runChecks(manifest: string, { clock, signal }: RunChecksOptions): AsyncGenerator<CheckResult> {
  const { results, settings } = checkManifest(manifest);
  yield* results;
  if (!settings) return;
  const { input, output } = settings;
  if (input) {
    let stream: StreamSummary | undefined;
    const onStream = (summary: StreamSummary) => {
      stream = summary;
    };
    const awsClock = new AwsClock(clock);
    const plain: string[] = [];
    const watch = new AwsWatch(awsClock, (origin) => plain.push(origin));
    noteEndpoints(input, watch);
    yield* guard('input', checkInput(input, { clock: awsClock, watch, signal, onStream }));
    const containerResult = judgeContainer(process.env);
    if (containerResult) yield containerResult;
    for (const origin of plain) yield { name: 'endpoint', status: 'warn', ...describePlain(origin) };
    const clockResult = judgeClock(awsClock.localAheadMs);
    if (clockResult) yield clockResult;
    yield* guard('checkpoint', checkPositions(input, { stream, nowMs: awsClock.now() }, { watch, signal }));
    yield* guard('files', checkFolders(settings));
  }
  if (output) yield await checkReceiver(output, clock, signal);
}

async function* checkPositions(
  input: InputSettings,
  context: Omit<CheckpointContext, 'startAt'>,
  access: { readonly watch: AwsWatch; readonly signal: AbortSignal },
): AsyncGenerator<CheckResult> {
  const { checkpoint } = input;
  if (checkpoint.type !== 'dynamodb') {
    yield await checkCheckpoint({ ...input, checkpoint }, context);
    return;
  }
  const { checkLeases } = await import('./check-leases.js');
  yield* checkLeases(input, checkpoint, { ...access, context });
}

/** An unexpected error fails its step, and the others continue. */
async function* guard(name: string, results: AsyncGenerator<CheckResult>): AsyncGenerator<CheckResult> {
  try {
    yield* results;
  } catch (error) {
    yield { name, status: 'fail', message: describeError(error) };
  }
}
