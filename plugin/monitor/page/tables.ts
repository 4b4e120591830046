/** The tables of the status page. */
import type { ShardStats } from '../../../src/report/plugin-stats.js';
import type { Snapshot } from '../../../src/report/snapshot.js';
import { totalsOf } from '../../../src/report/totals.js';
import { formatDuration } from '../../commands/format-duration.js';
import { countRows } from '../../commands/status/count-rows.js';
import { formatAge, formatNumber } from '../../commands/status/format-values.js';
import { groupFaults } from '../../commands/status/group-faults.js';
import { type Shard, worstFirst } from '../../commands/status/worst-first.js';
import { type Html, html } from './html.js';

/** A browser becomes slow with more; the worst are shown. */
const maxShards = 500;

export function shardRows(shards: Snapshot['stats']['shards']): Html {
  const all = worstFirst(shards);
  const left = all.length - maxShards;
  return html`${all.slice(0, maxShards).map(shardRow)}${left > 0 ? html`<tr><td colspan="6">and ${left} more</td></tr>` : ''}`;
}

function shardRow([shardId, shard]: Shard): Html {
  const { state, isStalled, lagMs, readAgeMs, ackedAgeMs, unacknowledged }: ShardStats = shard;
  const ages = [lagMs, readAgeMs, ackedAgeMs].map((ms) => html`<td>${ms === undefined ? '-' : formatAge(ms)}</td>`);
  return html`<tr><td>${shardId}</td><td class="${isStalled ? 'bad' : ''}">${isStalled ? 'stalled' : state}</td>${ages}<td>${formatNumber(unacknowledged)}</td></tr>`;
}

export function totalRows({ stats, ever }: Snapshot): Html {
  const rows = countRows(totalsOf(stats), ever?.totals).map(
    ([name, now, always]) =>
      html`<tr><td>${name}</td><td>${formatNumber(now)}</td><td>${always === undefined ? '-' : formatNumber(always)}</td></tr>`,
  );
  return html`${rows}`;
}

export function faultRows({ faults }: Snapshot): Html {
  if (faults.length === 0) return html`<tr><td colspan="3">None</td></tr>`;
  const rows = groupFaults(faults).map(
    ({ code, extent, ageMs, message }) =>
      html`<tr><td class="warn">${code}${extent === undefined ? '' : `, ${extent}`}</td><td>${formatDuration(ageMs)}</td><td>${message}</td></tr>`,
  );
  return html`${rows}`;
}

const levelClasses = { info: '', warn: 'warn', error: 'bad' } as const;

/** The latest first. */
export function eventRows({ events }: Snapshot): Html {
  if (events.length === 0) return html`<tr><td colspan="3">None yet</td></tr>`;
  const rows = events.toReversed().map(({ atMs, level, message }) => {
    const time = new Date(atMs).toISOString();
    return html`<tr><td><time datetime="${time}">${time.slice(0, 19).replace('T', ' ')}</time></td><td class="${levelClasses[level]}">${level}</td><td>${message}</td></tr>`;
  });
  return html`${rows}`;
}
