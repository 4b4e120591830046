/** Formats a snapshot for a terminal: everything, or what fits on a screen, the worst first. */
import type { Rate, RateWindow } from '../../../src/report/history.js';
import type { ShardStats } from '../../../src/report/plugin-stats.js';
import type { FaultInForce, Snapshot } from '../../../src/report/snapshot.js';
import { findLagMs } from '../../../src/report/stats.js';
import { totalsOf } from '../../../src/report/totals.js';
import { toTerminalText } from '../../terminal-text.js';
import { count } from '../count.js';
import { cutText, foldText } from '../fold-text.js';
import { formatDuration } from '../format-duration.js';
import { type Color, paint } from '../screen.js';
import { countRows } from './count-rows.js';
import { formatAge, formatBytes, formatNumber } from './format-values.js';
import { type FaultGroup, groupFaults } from './group-faults.js';
import { worstFirst } from './worst-first.js';

export interface StatusLayout {
  /** In columns. */
  readonly width: number;
  /** In lines; undefined for as many as necessary. */
  readonly height: number | undefined;
  readonly isColored: boolean;
}

export function formatStatus(snapshot: Snapshot, layout: StatusLayout): string[] {
  const { height, width } = layout;
  const { faults, stats } = snapshot;
  const gap = height === undefined ? [plain('')] : [];
  const head = [
    ...formatHead(snapshot),
    ...gap,
    ...formatRates(snapshot),
    ...gap,
    ...formatState(snapshot),
    ...(height === undefined ? formatSince(snapshot) : []),
    ...formatCounts(snapshot, width),
    ...gap,
  ];
  const middle =
    height === undefined
      ? [...formatFaults(faults), ...gap]
      : formatFaults(faults, { width, room: height - head.length - leastLines(stats.shards) });
  const room = height === undefined ? Number.POSITIVE_INFINITY : height - head.length - middle.length - 1;
  return [...head, ...middle, ...formatShards(stats.shards, room)]
    .slice(0, height)
    .map(({ text, color }) => finish(text, color, layout));
}

interface Line {
  readonly text: string;
  readonly color?: Color | undefined;
}

const plain = (text: string): Line => ({ text });

function formatHead({ version, state, health, uptimeMs, pid, stream, output, pageUrl }: Snapshot): readonly Line[] {
  const ready = health.isReady ? 'ready' : health.isAlive ? 'not ready' : 'not alive';
  const page = pageUrl === undefined ? '' : `, ${pageUrl}`;
  return [
    {
      text: `kinesis-snare ${version}: ${state}, ${ready}, up ${formatDuration(uptimeMs)}, process ${pid}`,
      color: health.isReady ? 'green' : 'red',
    },
    plain(`${stream} -> ${output ?? 'the host app'}${page}`),
  ];
}

const windows: readonly (readonly [RateWindow, string])[] = [
  ['10s', '10 s'],
  ['1m', '1 min'],
  ['5m', '5 min'],
];

function formatRates({ rates }: Snapshot): readonly Line[] {
  const row = (name: string, cells: readonly string[]) =>
    plain(name.padEnd(10) + cells.map((cell) => cell.padStart(15)).join(''));
  const cells = ({ records, logEvents, lines, bytes }: Rate) => [
    ...[records, logEvents, lines].map(formatNumber),
    `${formatBytes(bytes)}/s`,
  ];
  return [
    { ...row('per second', ['records', 'log events', 'lines', 'bytes']), color: 'dim' },
    ...windows.map(([key, name]) => row(name, cells(rates[key]))),
  ];
}

function formatState({ stats, readMemory }: Snapshot): readonly Line[] {
  const { output } = stats;
  const read = readMemory ? `read ${formatBytes(readMemory.bytes)} of ${formatBytes(readMemory.maxBytes)}, ` : '';
  const lines = `lines ${formatBytes(output.memory.bytes)} of ${formatBytes(output.memory.maxBytes)}`;
  const number = `${formatNumber(output.buffered.lines)} of ${formatNumber(output.maxBufferedLines)} lines`;
  const confirmed =
    output.confirmedAgeMs === undefined ? 'nothing confirmed yet' : `confirmed ${formatAge(output.confirmedAgeMs)} ago`;
  const oldest =
    output.oldestAgeMs === undefined ? 'nothing waits' : `the oldest line waits ${formatAge(output.oldestAgeMs)}`;
  return [
    plain(`Memory    ${read}${lines}, ${number}`),
    plain(`Output    ${output.isConnected ? 'connected' : 'not connected'}, ${confirmed}, ${oldest}`),
  ];
}

function formatSince({ ever }: Snapshot): readonly Line[] {
  if (!ever) return [];
  return [plain(`Counts    of this run, and of all runs since ${new Date(ever.sinceMs).toISOString().slice(0, 10)}`)];
}

/** Two columns where the width allows. */
function formatCounts({ stats, ever }: Snapshot, width: number): readonly Line[] {
  const rows = countRows(totalsOf(stats), ever?.totals);
  const cell = (name: string, now: string, always: string) => name.padEnd(12) + now.padStart(11) + always.padStart(16);
  const head = cell('', 'this run', ever ? 'all runs' : '');
  const cells = rows.map(([name, now, always]) =>
    cell(name, formatNumber(now), always === undefined ? '' : formatNumber(always)),
  );
  const columns = width >= 80 ? 2 : 1;
  const length = Math.ceil(cells.length / columns);
  const lines = Array.from({ length }, (_, line) =>
    Array.from({ length: columns }, (_, column) => cells[line + column * length] ?? '').join('  '),
  );
  const heads = Array.from({ length: columns }, () => head).join('  ');
  return [{ text: heads, color: 'dim' }, ...lines.map(plain)];
}

interface Fold {
  readonly width: number;
  /** In lines; at least one fault is shown. */
  readonly room: number;
}

/** @param fold left out for every fault on one line, however long */
function formatFaults(faults: readonly FaultInForce[], fold?: Fold): readonly Line[] {
  if (faults.length === 0) return [plain('No faults')];
  const groups = groupFaults(faults);
  let room = fold ? fold.room : Number.POSITIVE_INFINITY;
  const shown = groups.length <= room ? groups : groups.slice(0, Math.max(1, room - 1));
  const left = groups.slice(shown.length).reduce((sum, { size }) => sum + size, 0);
  const rest = left > 0 ? [plain(`and ${count(left, 'more fault')}`)] : [];
  room -= rest.length;
  const lines = shown.flatMap((group, index) => {
    const text = formatFault(group);
    const share = Math.floor(room / (shown.length - index));
    const texts = fold ? foldAtMost(text, fold.width, Math.min(Math.max(share, 1), maxFaultLines)) : [text];
    room -= texts.length;
    return texts.map((line): Line => ({ text: line, color: 'yellow' }));
  });
  return [...lines, ...rest];
}

function formatFault({ code, extent, ageMs, message }: FaultGroup): string {
  const what = extent === undefined ? code : `${code}, ${extent},`;
  return toTerminalText(`${what} for ${formatDuration(ageMs)}: ${message}`);
}

const maxFaultLines = 3;
const indent = '  ';

/** The last line has all that is left, and may be too long. */
function foldAtMost(text: string, width: number, most: number): readonly string[] {
  const lines = foldText(text, width - indent.length, width);
  const [first = '', ...more] = [...lines.slice(0, most - 1), lines.slice(most - 1).join(' ')];
  return [first, ...more.filter((line) => line !== '').map((line) => indent + line)];
}

/** With the head and the line of the rest. The worst shard, or two that lag or stall, are shown beside faults that explain it. */
function leastLines(shards: Snapshot['stats']['shards']): number {
  const all = Object.values(shards);
  const late = all.filter(({ isStalled, lagMs = 0 }) => isStalled || lagMs > 0).length;
  return 1 + Math.min(all.length, late > 1 ? 3 : 2);
}

function formatShards(shards: Snapshot['stats']['shards'], room: number): readonly Line[] {
  const all = worstFirst(shards);
  if (all.length === 0) return [plain('No shard is read yet')];
  const head =
    'shard'.padEnd(22) + ['state', 'lag', 'read', 'acked to', 'waiting'].map((name) => name.padStart(11)).join('');
  const isAll = all.length <= room;
  const shown = isAll ? all : all.slice(0, Math.max(1, room - 1));
  const lines = shown.map(
    ([shardId, shard]): Line => ({
      text: formatShard(shardId, shard),
      color: shard.isStalled ? 'red' : undefined,
    }),
  );
  const rest = all.slice(shown.length).map(([, shard]) => shard);
  return [{ text: head, color: 'dim' }, ...lines, ...(isAll ? [] : [plain(describeRest(rest))])];
}

function formatShard(
  shardId: string,
  { state, isStalled, lagMs, readAgeMs, ackedAgeMs, unacknowledged }: ShardStats,
): string {
  const ages = [lagMs, readAgeMs, ackedAgeMs].map((ms) => (ms === undefined ? '-' : formatAge(ms)));
  const cells = [isStalled ? 'stalled' : state, ...ages, formatNumber(unacknowledged)];
  return shardId.padEnd(22) + cells.map((cell) => cell.padStart(11)).join('');
}

function describeRest(shards: readonly ShardStats[]): string {
  return `and ${shards.length} more, with a lag of at most ${formatAge(findLagMs(shards) ?? 0)}`;
}

/** Cuts a line to the width: a message may be long, and come from outside. */
function finish(text: string, color: Color | undefined, { width, height, isColored }: StatusLayout): string {
  const safe = toTerminalText(text).trimEnd();
  const cut = height === undefined ? safe : cutText(safe, width);
  return color === undefined ? cut : paint(cut, color, { isColored });
}
