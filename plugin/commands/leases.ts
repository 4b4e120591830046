/** `checkpoint show` and `checkpoint reset` where the positions are leases in a table. */
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsError } from '../../src/aws/error.js';
import { describeAwsError } from '../../src/aws/explain.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { systemClock } from '../../src/clock.js';
import { CheckpointError } from '../../src/errors.js';
import type { DynamoTable } from '../../src/lease/dynamo-table.js';
import { holderOf, type Lease, writtenSince } from '../../src/lease/lease.js';
import { toShardCheckpoint } from '../../src/pipeline/fleet/lease-position.js';
import { createLeaseTable, type LeaseSettings, toLeaseCall } from '../../src/pipeline/fleet/open-lease-table.js';
import type { InputSettings } from '../../src/settings/settings.js';
import { toTerminalText } from '../terminal-text.js';
import { formatPosition } from './checkpoint.js';
import { count } from './count.js';
import type { Diagnostics } from './diagnostics.js';
import { CommandError, exitCodes } from './exit.js';

export interface LeaseCommandOptions {
  readonly input: InputSettings;
  readonly settings: LeaseSettings;
  readonly action: 'show' | 'reset';
  /** Undefined if the user has to be asked. */
  readonly isAgreed: true | undefined;
  readonly ask: (question: string) => Promise<boolean>;
  readonly write: (text: string) => void;
  readonly diagnostics: Pick<Diagnostics, 'log'>;
}

export async function leaseCommand(options: LeaseCommandOptions): Promise<number> {
  const { input, settings, action, write } = options;
  const { signal } = new AbortController();
  const watch = new AwsWatch(new AwsClock(systemClock), () => {});
  const table = await createLeaseTable(input, settings, { watch, signal });
  try {
    if (!(await table.describe(signal))) {
      write(`${toTerminalText(`No table "${settings.table}": the next start is at input.startAt`)}\n`);
      return exitCodes.clean;
    }
    const leases = await table.list(signal);
    write(formatLeases(leases, settings.table));
    return action === 'show' ? exitCodes.clean : await reset(table, leases, options, signal);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new CommandError(describeAwsError(error, toLeaseCall(input, settings)), { cause: error });
  } finally {
    table.close();
  }
}

/** Removes the rows, but not the table. What they said is on standard output by then. */
async function reset(
  table: DynamoTable,
  leases: readonly Lease[],
  { settings, isAgreed, ask, diagnostics }: LeaseCommandOptions,
  signal: AbortSignal,
): Promise<number> {
  const { log } = diagnostics;
  log('info', `Watching the leases for ${settings.leaseMs / 1000} s, to see whether anyone holds them`);
  await systemClock.sleep(settings.leaseMs, signal);
  const now = await table.list(signal);
  refuseLiving(leases, now, settings.table);
  if (!isAgreed) {
    log('info', `After a reset of table "${settings.table}", the next start of the fleet is at input.startAt`);
    if (!(await ask('Reset it? [y/N] '))) {
      log('info', 'Nothing was changed. To reset without a question, use --yes');
      return exitCodes.fault;
    }
  }
  for (const lease of now) {
    if (!(await table.drop(lease, signal))) refuseLiving(now, await table.list(signal), settings.table);
  }
  log(
    'info',
    `${count(now.length, 'lease')} removed from table "${settings.table}"; the next start is at input.startAt`,
  );
  return exitCodes.clean;
}

function refuseLiving(before: readonly Lease[], now: readonly Lease[], table: string): void {
  const [alive] = writtenSince(before, now);
  if (!alive) return;
  const message = `Worker "${holderOf(alive)}" writes to table "${table}"; stop the fleet before its leases are reset`;
  throw new CheckpointError('locked', message);
}

function formatLeases(leases: readonly Lease[], table: string): string {
  const [known] = leases.flatMap(({ own }) => own.stream ?? []);
  const sorted = leases.toSorted((one, other) => (one.shardId < other.shardId ? -1 : 1));
  const rows = sorted.map((lease) => {
    const holder = holderOf(lease);
    const reader = holder === undefined ? 'no reader' : `reader ${holder}`;
    return [lease.shardId, formatPosition(toShardCheckpoint(lease)), reader];
  });
  return [['table', table], ...(known === undefined ? [] : [['stream', known]]), ...rows]
    .map((cells) => `${cells.map(toTerminalText).join('\t')}\n`)
    .join('');
}
