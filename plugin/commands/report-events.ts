/**
 * Turns the events of a plugin into messages. Records can cause events at a high rate, which must not fill a disk. Each kind of
 * event is therefore reported once per interval, with the number of suppressed events.
 */
import type { PluginEvents } from '../../src/report/plugin-events.js';
import { formatRepeats, RepeatLimiter } from '../../src/report/repeat-limiter.js';
import { count } from './count.js';
import type { Log, LogLevel } from './diagnostics.js';
import { formatDuration } from './format-duration.js';

export interface WatchedPlugin {
  on<Name extends keyof PluginEvents>(name: Name, listener: (...event: PluginEvents[Name]) => void): unknown;
}

export interface EventReport {
  /** The latest fault without a recovery of what flow logs pass; undefined if there is none. */
  readonly lastFault: string | undefined;
  /** Reports how many events were suppressed since the last report of their kind. */
  close(): void;
}

export interface EventReportOptions {
  readonly log: Log;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** Such as `tcp 10.0.0.5:6161`. */
  readonly output: string | undefined;
}

export function reportEvents(plugin: WatchedPlugin, { log, now, output }: EventReportOptions): EventReport {
  /** The last message of each failing stage or shard, the latest last. */
  const faults = new Map<string, string>();
  const repeats = new RepeatLimiter(now);
  const logSometimes = (kind: Kind, level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => {
    const number = repeats.take(kind, message);
    if (number !== undefined) log(level, formatRepeats(message, number), fields);
  };

  plugin.on('fault', ({ stage, code, message, shardId, attempt, retryMs, count }) => {
    const place = `${stage} ${shardId}`;
    faults.delete(place);
    // What only shows the state holds up no flow log.
    if (stage !== 'report') faults.set(place, message);
    const wait = retryMs === undefined ? '' : `; next attempt in ${(retryMs / 1000).toFixed(1)} s`;
    log('warn', `${message}${wait}`, { stage, code, shardId, attempt, retryMs, count });
  });
  plugin.on('recovered', ({ stage, shardId, afterMs }) => {
    faults.delete(`${stage} ${shardId}`);
    const what = shardId === undefined ? placeNames[stage](output) : `Shard "${shardId}"`;
    log('info', `${what} works again after ${formatDuration(afterMs)}`);
  });
  plugin.on('data-loss', ({ message, shardId }) => log('error', message, { code: 'data-loss', shardId }));
  plugin.on('gap-healed', ({ message, shardIds, fromMs, toMs, logEvents }) => {
    log('info', message, { code: 'gap-healed', shardIds, fromMs, toMs, logEvents });
  });
  plugin.on('stalled', ({ shardId, what, message }) => log('error', message, { code: 'stalled', shardId, what }));
  plugin.on('failed', ({ message }) => log('error', message, { code: 'failed' }));
  plugin.on('skip-data', ({ interfaceId, atTime }) => {
    const message = `AWS could not record flows of interface "${interfaceId}" around ${atTime} (SKIPDATA)`;
    logSometimes('skip-data ', 'warn', message, { code: 'skip-data' });
  });
  plugin.on('unparsed', ({ reason, logGroup, logStream }) => {
    const message = `A message of log stream "${logStream}" in log group "${logGroup}" matched no format (${reason}); check input.formats`;
    logSometimes(`unparsed ${reason}`, 'warn', message, { code: 'unparsed', reason });
  });
  plugin.on('dead-letter', ({ shardId, sequenceNumber, reason }) => {
    const message = `Record "${sequenceNumber}" of shard "${shardId}" was written to the dead-letter file (${reason})`;
    logSometimes(`dead-letter ${reason}`, 'warn', message, { code: 'dead-letter', reason, shardId, sequenceNumber });
  });
  plugin.on('unreadable', ({ shardId, sequenceNumber, reason }) => {
    const message = `Record "${sequenceNumber}" of shard "${shardId}" cannot be used and is sent as rows of AWSGenericLog (${reason})`;
    logSometimes(`unreadable ${reason}`, 'warn', message, { code: 'unreadable', reason, shardId, sequenceNumber });
  });
  plugin.on('filtered', ({ lines }) => {
    const message = `The host's formats or levels dropped ${count(lines, 'flow log')}`;
    logSometimes('filtered ', 'warn', message, { code: 'filtered' });
  });
  plugin.on('advice', ({ message }) => log('warn', message, { code: 'advice' }));
  plugin.on('shard-started', ({ shardId }) =>
    logSometimes(`shard-started ${shardId}`, 'info', `Reading shard "${shardId}"`),
  );
  plugin.on('shard-ended', ({ shardId }) =>
    logSometimes(`shard-ended ${shardId}`, 'info', `Shard "${shardId}" is read to its end`),
  );
  plugin.on('shard-released', ({ shardId, why }) => {
    const [level, message] = describeRelease(shardId, why);
    logSometimes(`shard-released ${shardId}`, level, message, { code: 'shard-released', shardId, why });
  });
  plugin.on('output-closed', ({ message, isFault }) => log(isFault ? 'error' : 'info', message));

  return {
    get lastFault() {
      return [...faults.values()].at(-1);
    },
    close() {
      for (const [kind, number] of repeats.leftOut) log('info', describeLeftOut(kind as Kind, number));
    },
  };
}

const placeNames = {
  read: () => 'Reading from AWS',
  heal: () => 'Fetching of gaps from CloudWatch Logs',
  decode: () => 'The look-up of formats',
  deliver: (output: string | undefined) => (output === undefined ? 'The output' : `Output ${output}`),
  checkpoint: () => 'Writing the checkpoint',
  host: () => "The host's logger",
  report: () => 'The status',
} as const;

function describeRelease(shardId: string, why: PluginEvents['shard-released'][0]['why']): [LogLevel, string] {
  if (why === 'released') return ['info', `Shard "${shardId}" is handed over to another process`];
  return ['warn', `Shard "${shardId}" was taken over by another process; it sends again what was not confirmed`];
}

type Word =
  | 'skip-data'
  | 'unparsed'
  | 'dead-letter'
  | 'unreadable'
  | 'filtered'
  | 'shard-started'
  | 'shard-ended'
  | 'shard-released';
/** What happens, and to what or for what reason. */
type Kind = `${Word} ${string}`;

function describeLeftOut(kind: Kind, number: number): string {
  const space = kind.indexOf(' ');
  const [word, detail] = [kind.slice(0, space) as Word, kind.slice(space + 1)];
  switch (word) {
    case 'skip-data':
      return `AWS could not record the flows of ${count(number, 'more interval')} (SKIPDATA)`;
    case 'unparsed':
      return `${count(number, 'more message')} matched no format (${detail})`;
    case 'dead-letter':
      return `${count(number, 'more record')} ${number === 1 ? 'was' : 'were'} written to the dead-letter file (${detail})`;
    case 'unreadable':
      return `${count(number, 'more record')} ${number === 1 ? 'was' : 'were'} sent as rows of AWSGenericLog (${detail})`;
    case 'filtered':
      return `The host's formats or levels dropped flow logs ${count(number, 'more time')}`;
    case 'shard-started':
      return `Shard "${detail}" was started ${count(number, 'more time')}`;
    case 'shard-ended':
      return `Shard "${detail}" was read to its end ${count(number, 'more time')}`;
    case 'shard-released':
      return `Shard "${detail}" went to another process ${count(number, 'more time')}`;
  }
}
